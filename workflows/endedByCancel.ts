/** How an activity ends that was cancelled. */
import { ActivityFailure, ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import type { SerializedError } from '../contracts/errors.js';

/**
 * Whether an activity ended because its scope is cancelled, although Temporal reports another failure.
 *
 * Temporal retries no activity that it was asked to cancel. If the worker dies before it answers, the activity ends with a
 * heartbeat timeout; if the worker is preempted, with that failure. Neither says anything about the work: without the cancel
 * another attempt would have gone on.
 *
 * A failure that no retry can help (the loss is not finite, a stage is unknown) stays what it is: it is no consequence of the
 * cancel, and would return when the work goes on.
 *
 * @param thrown by an activity of the current scope
 */
export function endedByCancel(thrown: unknown): boolean {
  if (!CancellationScope.current().consideredCancelled || isCancellation(thrown)) return false;
  return thrown instanceof ActivityFailure && !isFinal(thrown.cause);
}

function isFinal(cause: Error | undefined): boolean {
  if (!(cause instanceof ApplicationFailure)) return false;
  // What may be ours is not retried by Temporal, but by persistently.ts.
  const [error] = (cause.details ?? []) as Partial<SerializedError>[];
  return error?.retryable === undefined ? cause.nonRetryable === true : !error.retryable;
}
