/** The one place where errors become Temporal failures. */
import { CancelledFailure, TemporalFailure, ApplicationFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, ActivityExecuteInput, Next } from '@temporalio/worker';
import { asGraftworkError } from '../../contracts/errors.js';
import { mayBeOurs, type FailureDetails } from '../../contracts/run/failureDetails.js';
import type { Progress } from '../../contracts/spec/stages/training.js';

/**
 * What Temporal receives. A failure of the world (a store that is down, a preemption) is retried by Temporal for as long as
 * it takes. One that may be ours ends the activity, and the workflow decides whether to start another
 * (workflows/persistently.ts): only there can such failures be distinguished from the preemptions and lost workers between
 * them.
 *
 * @param reached how far the attempt had come
 */
export function toFailure(thrown: unknown, reached?: Progress): Error {
  if (thrown instanceof TemporalFailure) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') return new CancelledFailure(thrown.message);
  const error = asGraftworkError(thrown);
  const details: FailureDetails = reached === undefined ? [error.toJSON()] : [error.toJSON(), reached];
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: !error.retryable || mayBeOurs.has(error.code),
    details: [...details],
    // Another worker can take it at once; the point of a preemption is that nothing is wrong with the run.
    ...(error.code === 'GW_PREEMPTED' ? { nextRetryDelay: '1 second' } : {}),
    ...(error.cause instanceof Error ? { cause: error.cause } : {}),
  });
}

export class FailureInterceptor implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (thrown) {
      throw toFailure(thrown);
    }
  }
}
