/** A model that has passed the gate waits for a person's word. */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  defineUpdate,
  isCancellation,
  setCurrentDetails,
  setHandler,
  Trigger,
} from '@temporalio/workflow';
import type { Notification } from '../contracts/retraining.js';
import { approvalAnswerSchema } from '../contracts/promotion.js';
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

/** A person's word, and what whoever gave it is told in the end. */
interface Word {
  answer: PromotionOutcome;
  settled: Trigger<PromotionOutcome>;
}

/** @returns what became of it: promoted, rejected, expired when nobody answered, overtaken when another was promoted meanwhile */
export async function awaitApproval({ run, approval, outcome }: Approval): Promise<PromotionOutcome> {
  const { challenger } = outcome.gate;
  const named = `${challenger.name}@${challenger.version}`;
  const { days, remindEveryHours, notify } = approval;
  let word: Word | undefined;

  const decide =
    (status: 'promoted' | 'rejected') =>
    async ({ by, why }: ApprovalAnswer): Promise<PromotionOutcome> => {
      word = { answer: { ...outcome, status, by, reason: why === '' ? outcome.reason : why }, settled: new Trigger() };
      return word.settled;
    };
  const validator = (given: ApprovalAnswer): void => {
    // It may come from anybody's client: what does not fit would be refused only when it is carried out.
    if (!approvalAnswerSchema.safeParse(given).success) {
      throw ApplicationFailure.nonRetryable(
        'Say who decides (`by`, at most 200 characters) and `why` (at most 2,000).',
      );
    }
    if (word === undefined) return;
    const { status, by } = word.answer;
    throw ApplicationFailure.nonRetryable(`${named} was decided on already: ${status} by ${by}.`);
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
  let end: PromotionOutcome | undefined;
  while (end === undefined) {
    const left = deadline - Date.now();
    if (left > 0 && !(await condition(() => word !== undefined, Math.min(left, remindEveryHours * hour)))) {
      if (Date.now() < deadline) void say('approval-reminder', `${named} still waits for approval.`, outcome);
      continue;
    }
    const { answer, settled }: Word = word ?? { answer: expired(outcome, days), settled: new Trigger() };
    word = { answer, settled };
    try {
      end = await settle(answer);
      settled.resolve(end);
    } catch (error) {
      // A word that could not be carried out, for no fault of the model, can be given again.
      if (isCancellation(error) || answer.status === 'expired') throw error;
      settled.reject(error);
      word = undefined;
    }
  }
  setCurrentDetails(`**${named}: ${end.status}** by ${end.by}\n\n${end.reason}`);
  await say('approval-ended', `${named}: ${end.status} by ${end.by}. ${end.reason}`, end);
  // Whoever asked is answered before the workflow closes.
  await condition(allHandlersFinished);
  return end;
}

function expired(outcome: PromotionOutcome, days: number): PromotionOutcome {
  return { ...outcome, status: 'expired', by: 'nobody', reason: `nobody answered within ${days} days` };
}
