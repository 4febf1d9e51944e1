/** What was decided about a run's model, in a sentence or two. Pure. */
import type { Production } from '../../contracts/models/production.js';
import type { PromotionOutcome } from '../../contracts/spec/promotion.js';
import type { RunResult } from '../../contracts/run/result.js';

/** @param production null: nothing of this name was ever in production */
export function decisionNotes({ model, promotion }: RunResult, production: Production | null): string[] {
  const notes = promotion === undefined ? [] : [decisionSentence(promotion)];
  const last = production?.history.at(-1);
  if (model === null || last === undefined) return notes;
  const { name, version } = model;
  const move = `${last.by}, ${last.at.slice(0, 10)}${last.why === '' ? '' : `: ${sentence(last.why)}`}`;
  if (last.to !== version && wasServing(production, version)) {
    notes.push(`It is no longer in production: ${name}@${last.to} is (${move}).`);
  } else if (last.to === version && promotion?.status !== 'promoted') {
    const how = promotion === undefined ? '' : ' all the same';
    notes.push(`It is in production${how}: ${last.kind} by ${move}.`);
  }
  return notes;
}

function wasServing(production: Production | null, version: number): boolean {
  return production?.history.some(({ to }) => to === version) ?? false;
}

/** Of the model that the page is about. */
export function decisionSentence({ status, by, reason, gate }: PromotionOutcome): string {
  const { champion } = gate;
  const why = sentence(reason);
  const who = by === 'gate' ? 'The gate' : by;
  const stays = champion === null ? 'nothing is in production' : `${champion.name}@${champion.version} stays there`;
  switch (status) {
    case 'promoted':
      return `${who} put it into production: ${why}.`;
    case 'refused':
    case 'rejected':
      return `${who} kept it out of production, and ${stays}: ${why}.`;
    case 'waiting':
      return `It has passed the gate and waits for a person's approval: ${why}.`;
    case 'expired':
      return `It is not in production: ${why}.`;
    case 'overtaken':
      return `It is not in production, because another version overtook it: ${why}.`;
  }
}

/** Without the full stop that another sentence brings. */
const sentence = (text: string): string => text.trim().replace(/\.$/, '');
