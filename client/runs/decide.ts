/** A person's decision on a waiting model, brought to the workflow that waits. */
import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { GraftworkError } from '../../contracts/errors.js';
import { approvalWorkflowId } from '../../contracts/names.js';
import { promotionOutcomeSchema } from '../../contracts/spec/promotion.js';
import type { ApprovalAnswer, PromotionOutcome } from '../../contracts/spec/promotion.js';
import { checkedDecision } from './checkedDecision.js';
import { runFailure, serviceFailure } from '../connection/failures.js';
import { hasEnded, statusOf } from './runStatus.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

/** How long workers may take to move the pointer, in milliseconds. */
const patience = 60_000;

/** @throws GraftworkError GW_USAGE, GW_WORKER_AWAY */
export async function decide(
  { client, connection }: TemporalConnection,
  run: string,
  word: 'approve' | 'reject',
  answer: ApprovalAnswer,
): Promise<PromotionOutcome> {
  const given = checkedDecision(answer);
  const handle = client.workflow.getHandle(approvalWorkflowId(run));
  try {
    const { status } = await handle.describe();
    if (hasEnded(statusOf(status.name))) {
      const end: unknown = await handle.result().catch((error: unknown) => {
        throw endedWithout(run, error);
      });
      const { gate, status: became, by } = promotionOutcomeSchema.parse(end);
      const { name, version } = gate.challenger;
      throw new GraftworkError('GW_USAGE', `The decision on ${name}@${version} was already made: ${became} by ${by}.`, {
        remedy: `See \`graftwork models history ${name}\`.`,
      });
    }
    return promotionOutcomeSchema.parse(
      await connection.withDeadline(Date.now() + patience, () => handle.executeUpdate(word, { args: [given] })),
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      throw new GraftworkError('GW_WORKER_AWAY', `No worker has carried out the decision on the model of ${run} yet.`, {
        remedy: `A worker may still do so. Check \`graftwork show ${run}\`, and \`graftwork status\` for the workers.`,
        cause: error,
      });
    }
    const failure = serviceFailure(error, run);
    if (failure.code !== 'GW_RUN_NOT_FOUND') throw failure;
    throw new GraftworkError('GW_USAGE', `No model of run ${run} waits for approval.`, {
      remedy: 'Only runs whose spec has `promotion.policy: approve` wait, and only with a model that passes the gate.',
      cause: error,
    });
  }
}

/** The wait was terminated, or nobody answered and that could not be written down. */
function endedWithout(run: string, error: unknown): GraftworkError {
  const { message } = runFailure(error, run);
  return new GraftworkError('GW_USAGE', `The wait for approval of ${run} has ended without a decision: ${message}`, {
    remedy: `Put the model into production yourself: \`graftwork models promote ${run}\`.`,
    cause: error,
  });
}
