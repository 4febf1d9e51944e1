/** A model that has passed the gate waits for a person's word. */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  defineSignal,
  defineUpdate,
  isCancellation,
  setCurrentDetails,
  setHandler,
  Trigger,
} from '@temporalio/workflow';
import type { Notification } from '../contracts/models/retraining.js';
import { approvalAnswerSchema } from '../contracts/spec/promotion.js';
import type { ApprovalAnswer, PromotionOutcome, PromotionPolicy } from '../contracts/spec/promotion.js';
import { messages } from '../contracts/run/workflowMessages.js';
import { settle } from './settle.js';
import { tell } from './tell.js';

export interface Approval {
  run: string;
  approval: PromotionPolicy['approval'];
  /** The gate's word, as `waiting`. */
  outcome: PromotionOutcome;
}

const hour = 3_600_000;

/** A person's word, and the answer that this person gets in the end. */
interface Word {
  answer: PromotionOutcome;
  settled: Trigger<PromotionOutcome>;
}

/**
 * A run that was reset may have another model to wait for, or the same with another verdict: it sends these here
 * (`messages.waitFor`). Another model takes the place of the one that waited.
 *
 * @returns what became of it: promoted, rejected, expired when nobody answered, overtaken when another was promoted meanwhile
 */
export async function awaitApproval(first: Approval): Promise<PromotionOutcome> {
  let waiting = first;
  let next: Approval | undefined;
  let word: Word | undefined;

  const decide =
    (status: 'promoted' | 'rejected') =>
    async ({ by, why }: ApprovalAnswer): Promise<PromotionOutcome> => {
      const { outcome } = waiting;
      word = { answer: { ...outcome, status, by, reason: why === '' ? outcome.reason : why }, settled: new Trigger() };
      return word.settled;
    };
  const validator = (given: ApprovalAnswer): void => {
    // It may come from anybody's client: what does not fit would be refused only when it is carried out.
    if (!approvalAnswerSchema.safeParse(given).success) {
      throw ApplicationFailure.nonRetryable(
        'Give who decides (`by`, at most 200 characters) and why (`why`, at most 2,000 characters).',
      );
    }
    if (word === undefined) return;
    const { status, by } = word.answer;
    throw ApplicationFailure.nonRetryable(`The decision on ${named(waiting)} was already made: ${status} by ${by}.`);
  };
  setHandler(defineUpdate<PromotionOutcome, [ApprovalAnswer]>(messages.approve), decide('promoted'), { validator });
  setHandler(defineUpdate<PromotionOutcome, [ApprovalAnswer]>(messages.reject), decide('rejected'), { validator });
  setHandler(defineSignal<[Approval]>(messages.waitFor), (now) => {
    if (named(now) !== named(waiting)) next = now;
    // What it has to beat may be another by now.
    else waiting = { ...waiting, outcome: now.outcome };
  });

  /** The next word on what waits: a person's, nobody's when the time is over, or the run's where it has made another model. */
  const wordOn = async (deadline: number): Promise<Word> => {
    const { days, remindEveryHours } = waiting.approval;
    for (;;) {
      const left = deadline - Date.now();
      const isAnswered = (): boolean => word !== undefined || next !== undefined;
      const answered = left <= 0 || (await condition(isAnswered, Math.min(left, remindEveryHours * hour)));
      if (word !== undefined) return word;
      if (next !== undefined) return { answer: replaced(waiting, next), settled: new Trigger() };
      if (answered) return { answer: expired(waiting.outcome, days), settled: new Trigger() };
      if (Date.now() < deadline) void say(waiting, 'approval-reminder', `${named(waiting)} still waits for approval.`);
    }
  };

  for (;;) {
    const deadline = Date.now() + waiting.approval.days * 24 * hour;
    setCurrentDetails(
      `**${named(waiting)} waits for approval** until ${new Date(deadline).toISOString().slice(0, 16)} UTC\n\n${waiting.outcome.reason}`,
    );
    // Nobody's webhook keeps a person's word waiting.
    void say(waiting, 'approval-wanted', `${named(waiting)} waits for approval: ${waiting.outcome.reason}`);
    let end: PromotionOutcome | undefined;
    while (end === undefined) {
      word = await wordOn(deadline);
      const { answer, settled } = word;
      try {
        end = await settle(answer);
        settled.resolve(end);
      } catch (error) {
        if (isCancellation(error) || answer.status === 'expired') throw error;
        // A word that could not be carried out, for no fault of the model, can be given again.
        settled.reject(error);
        word = undefined;
        // What has taken its place waits all the same.
        if (answer.status === 'overtaken') end = answer;
      }
    }
    setCurrentDetails(`**${named(waiting)}: ${end.status}** by ${end.by}\n\n${end.reason}`);
    await say(waiting, 'approval-ended', `${named(waiting)}: ${end.status} by ${end.by}. ${end.reason}`, end);
    // A person who asked is answered before the workflow closes.
    await condition(allHandlersFinished);
    if (next === undefined) return end;
    waiting = next;
    next = word = undefined;
  }
}

function say(
  { run, approval, outcome }: Approval,
  event: Notification['event'],
  text: string,
  promotion: PromotionOutcome = outcome,
): Promise<void> {
  const { name, version } = outcome.gate.challenger;
  return tell(approval.notify, { event, model: `${name}@${version}`, run, text, promotion });
}

function named({ outcome }: Approval): string {
  const { name, version } = outcome.gate.challenger;
  return `${name}@${version}`;
}

/** Nobody can answer any more: the run speaks of another model now. */
function replaced({ run, outcome }: Approval, next: Approval): PromotionOutcome {
  return {
    ...outcome,
    status: 'overtaken',
    by: run,
    reason: `the run was reset and made ${named(next)}, which waits now`,
  };
}

function expired(outcome: PromotionOutcome, days: number): PromotionOutcome {
  return { ...outcome, status: 'expired', by: 'nobody', reason: `nobody answered within ${days} days` };
}
