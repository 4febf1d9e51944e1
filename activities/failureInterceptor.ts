/** The one place where errors become Temporal failures. */
import { CancelledFailure, TemporalFailure, ApplicationFailure } from '@temporalio/common';
import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityExecuteInput, Next } from '@temporalio/worker';
import { asGraftworkError, type ErrorCode } from '../contracts/errors.js';

/**
 * Attempts after which an error that may be ours, not the world's, is given up. What is not listed and retryable (a store
 * that is down, a preemption) is retried for as long as it takes.
 */
const mostAttempts: Partial<Record<ErrorCode, number>> = {
  GW_INTERNAL: 3,
  GW_ENGINE_DIED: 5,
  GW_OUT_OF_MEMORY: 3,
  GW_DISK_FULL: 5,
  GW_CORRUPT: 3,
  // Half a minute of trying: a person waits, and the message says what to do instead.
  GW_WEIGHTS_UNAVAILABLE: 5,
};

/** @param attempt counted from 1 */
export function toFailure(thrown: unknown, attempt: number): Error {
  if (thrown instanceof TemporalFailure) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') return new CancelledFailure(thrown.message);
  const error = asGraftworkError(thrown);
  const exhausted = attempt >= (mostAttempts[error.code] ?? Infinity);
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: !error.retryable || exhausted,
    details: [error.toJSON()],
    ...(error.cause instanceof Error ? { cause: error.cause } : {}),
  });
}

export class FailureInterceptor implements ActivityInboundCallsInterceptor {
  constructor(private readonly context: Context) {}

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (thrown) {
      throw toFailure(thrown, this.context.info.attempt);
    }
  }
}
