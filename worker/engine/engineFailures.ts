/** How an engine process may fail a job, as the errors its caller meets. */
import { GraftworkError } from '../../contracts/errors.js';
import type { FromEngine } from './messages.js';

export function revive({ error, stack }: Extract<FromEngine, { type: 'failed' }>): GraftworkError {
  const cause = new Error(error.message);
  if (stack !== undefined) cause.stack = stack;
  return GraftworkError.fromJSON(error, cause);
}

export function noGpu(): GraftworkError {
  return new GraftworkError('GW_USAGE', 'TensorFlow finds no GPU that it can use, but --require-gpu was given.', {
    remedy:
      'Use a build for GPUs (`npm run setup -- --gpu`, or the CUDA image) and a driver that is new enough. TF_CPP_MIN_LOG_LEVEL=0 makes TensorFlow log what is missing.',
  });
}

export function preempted(job: string): GraftworkError {
  return new GraftworkError('GW_PREEMPTED', `${job} was stopped. It resumes from its last checkpoint.`, {
    retryable: true,
  });
}

export function hung(job: string, milliseconds: number): GraftworkError {
  return new GraftworkError(
    'GW_ENGINE_DIED',
    `The engine process did not respond for ${milliseconds / 1000} s during ${job} and was killed.`,
    { retryable: true },
  );
}

export function notStarted(job: string, cause: Error): GraftworkError {
  return new GraftworkError('GW_ENGINE_DIED', `No engine process could be started for ${job} (${cause.message}).`, {
    retryable: true,
    remedy: "Check the worker's limits on processes and open files, and what else runs on its machine.",
    cause,
  });
}

/** @param killed whether we ended it ourselves */
export function endReason({ code }: GraftworkError, killed: boolean): 'died' | 'hung' | 'out-of-memory' | 'stopped' {
  if (code === 'GW_OUT_OF_MEMORY') return 'out-of-memory';
  if (code === 'GW_PREEMPTED') return 'stopped';
  return killed ? 'hung' : 'died';
}

/** @param outOfMemory whether the kernel killed some process for want of memory meanwhile */
export function died(
  job: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  outOfMemory: boolean,
): GraftworkError {
  if (outOfMemory && signal === 'SIGKILL') {
    return new GraftworkError('GW_OUT_OF_MEMORY', `The machine ran out of memory during ${job}.`, {
      retryable: true,
      remedy: 'Use a smaller batch size, or a machine with more memory.',
    });
  }
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return new GraftworkError('GW_ENGINE_DIED', `The engine process ended during ${job} (${how}).`, {
    retryable: true,
    remedy: 'See the worker log.',
  });
}
