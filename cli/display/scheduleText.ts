/** Schedules and their ticks, on the screen. */
import { statusText } from '../../contracts/run/statusText.js';
import type { ScheduleStatus } from '../../client/schedules/scheduleStatus.js';
import type { TriggeredTick } from '../../client/schedules/steerSchedule.js';
import type { Tick } from '../../client/schedules/ticks.js';
import { duration, moment } from '../../client/text/format.js';
import { facts, table } from '../terminal/table.js';
import { figureOf, testColumn } from './testColumn.js';

/** One row for each schedule. */
export function schedulesTable(all: readonly ScheduleStatus[]): string {
  return table(
    ['model', 'source', 'state', 'next', 'taken', 'skipped', 'promotion'],
    all.map(({ model, dataset, paused, next, counts, promotion }) => [
      model,
      dataset,
      paused ? 'paused' : 'on',
      paused ? '–' : momentOrDash(next[0]),
      counts.taken,
      counts.skipped,
      promotion,
    ]),
  );
}

/** What is known of a tick that was asked for. */
export function triggeredText(model: string, { workflow, waitsFor }: TriggeredTick): string {
  if (workflow !== null) return `${model}: ${workflow} has started. Follow it: npx graftwork watch ${workflow}`;
  if (waitsFor !== null) return `${model}: The tick waits. It starts when ${waitsFor} has ended.`;
  return `${model}: Temporal has taken the order, but has not yet named the tick. See: npx graftwork schedule show ${model}`;
}

/** A schedule as `schedule show` has it. */
export function scheduleText(status: ScheduleStatus): string {
  const { policies, counts } = status;
  return facts([
    ['model', status.model],
    ['source', status.dataset],
    ['state', `${status.paused ? 'paused' : 'on'}${status.note === '' ? '' : `: ${status.note}`}`],
    ['next', status.paused ? undefined : status.next.map(momentOrDash).join(', ')],
    ['running', status.running.length === 0 ? undefined : status.running.join(', ')],
    ['ticks', `${counts.taken} taken, ${counts.skipped} skipped, ${counts.missed} missed`],
    ['promotion', status.promotion],
    ['starts from', status.warmStart ? 'the model in production' : 'the source'],
    [
      'policies',
      `overlap: ${policies.overlap}; catch-up ${duration(policies.catchupSeconds)}; ` +
        `${policies.timeoutSeconds === null ? 'no time limit' : `time limit ${duration(policies.timeoutSeconds)}`}; pauses after a failure`,
    ],
  ]);
}

/** Its last ticks, one row each. */
export function ticksTable(ticks: readonly Tick[]): string {
  if (ticks.length === 0) return 'No tick yet.';
  const { title, cells } = testColumn(ticks.map(figureOf));
  return table(
    ['tick', 'took', 'model', title, 'what came of it'],
    ticks.map(({ at, seconds, model, ...tick }, row) => [
      momentOrDash(at),
      seconds === null ? '–' : duration(seconds),
      model === null ? '–' : `${model.name}@${model.version}`,
      cells[row] ?? '–',
      outcomeText(tick),
    ]),
  );
}

function outcomeText({ status, reason, promotion, workflow, run }: Omit<Tick, 'at' | 'seconds' | 'model'>): string {
  if (promotion?.status === 'waiting') return `waits for approval: npx graftwork approve ${run ?? workflow}`;
  if (promotion !== null) return `${promotion.status} by ${promotion.by}: ${promotion.reason}`;
  if (status === 'unchanged' || status === 'trained') return `${status}: ${reason ?? ''}`;
  if (status === 'gone') return `gone (${run ?? workflow})`;
  // That it was cancelled is all there is to say.
  const why = reason === null || status === 'canceled' ? '' : `: ${reason}`;
  return `${statusText(status)}${why} (${run ?? workflow})`;
}

function momentOrDash(iso: string | undefined): string {
  return iso === undefined ? '–' : moment(iso);
}
