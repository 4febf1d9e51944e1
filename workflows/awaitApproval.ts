/** A model that has passed the gate waits for a person's word. */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  Trigger,
} from '@temporalio/workflow';
import type { Notification } from '../contracts/retraining.js';
import type { ApprovalAnswer, PromotionOutcome, PromotionPolicy } from '../contracts/promotion.js';
import { messages } from '../contracts/workflowMessages.js';
import { settle } from './settle.js';
import { tell } from './tell.js';

export interface Approval {
  run: string;
  approval: PromotionPolicy['approval'];
  /** The gate's word, as `waiting`. */
  outcome: PromotionOutcome;
}

const hour = 3_600_000;

/** @returns what became of it: promoted, rejected, expired when nobody answered, overtaken when another was promoted meanwhile */
export async function awaitApproval({ run, approval, outcome }: Approval): Promise<PromotionOutcome> {
  const { challenger } = outcome.gate;
  const named = `${challenger.name}@${challenger.version}`;
  const { days, remindEveryHours, notify } = approval;
  let answer: PromotionOutcome | undefined;
  const settled = new Trigger<PromotionOutcome>();

  const stillOpen = (): void => {
    if (answer === undefined) return;
    throw ApplicationFailure.nonRetryable(`${named} was decided on already: ${answer.status} by ${answer.by}.`);
  };
  const decide =
    (status: 'promoted' | 'rejected') =>
    async ({ by, why }: ApprovalAnswer): Promise<PromotionOutcome> => {
      answer = { ...outcome, status, by, reason: why === '' ? outcome.reason : why };
      return settled;
    };
  const validator = ({ by }: ApprovalAnswer): void => {
    if (by.trim() === '') throw ApplicationFailure.nonRetryable('Say who decides.');
    stillOpen();
  };
  setHandler(defineUpdate<PromotionOutcome, [ApprovalAnswer]>(messages.approve), decide('promoted'), { validator });
  setHandler(defineUpdate<PromotionOutcome, [ApprovalAnswer]>(messages.reject), decide('rejected'), { validator });

  const say = (event: Notification['event'], text: string, promotion: PromotionOutcome): Promise<void> =>
    tell(notify, { event, model: named, run, text, promotion });
  const deadline = Date.now() + days * 24 * hour;
  setCurrentDetails(
    `**${named} waits for approval** until ${new Date(deadline).toISOString().slice(0, 16)} UTC\n\n${outcome.reason}`,
  );
  // Nobody's webhook keeps a person's word waiting.
  void say('approval-wanted', `${named} waits for approval: ${outcome.reason}`, outcome);
  for (;;) {
    const left = deadline - Date.now();
    if (left <= 0 || (await condition(() => answer !== undefined, Math.min(left, remindEveryHours * hour)))) break;
    if (Date.now() < deadline) void say('approval-reminder', `${named} still waits for approval.`, outcome);
  }
  answer ??= { ...outcome, status: 'expired', by: 'nobody', reason: `nobody answered within ${days} days` };
  const end = await settle(answer);
  settled.resolve(end);
  setCurrentDetails(`**${named}: ${end.status}** by ${end.by}\n\n${end.reason}`);
  await say('approval-ended', `${named}: ${end.status} by ${end.by}. ${end.reason}`, end);
  // Whoever asked is answered before the workflow closes.
  await condition(allHandlersFinished);
  return end;
}
