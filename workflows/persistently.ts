/** Failures that may be ours: tried again a few times, as long as nothing gets further. */
import { ActivityFailure, ApplicationFailure, CancelledFailure, patched, sleep } from '@temporalio/workflow';
import { pauseAfter } from '../contracts/backoff.js';
import type { ErrorCode } from '../contracts/errors.js';
import { mayBeOurs, type FailureDetails } from '../contracts/run/failureDetails.js';
import { endedByCancel } from './endedByCancel.js';
import { patches } from './patches.js';

/** Failures in a row, none of which came further than the ones before, after which there is no point in going on. */
const mostInVain: Partial<Record<ErrorCode, number>> = {
  GW_INTERNAL: 3,
  GW_CORRUPT: 3,
  GW_DISK_FULL: 5,
  // Half a minute of trying: a person waits, and the message says what to do instead.
  GW_WEIGHTS_UNAVAILABLE: 5,
  // A process that dies by itself looks like one that somebody killed.
  GW_ENGINE_DIED: 8,
};

/** Halves the largest batch there may be (4096) down to one image; activities say when theirs cannot be halved again. */
const mostHalvings = 12;

/**
 * Runs an activity until it succeeds, or fails in a way that a retry cannot fix.
 *
 * Temporal itself retries what is not ours (a worker that disappeared, a preemption, a store that is down), without end;
 * none of that counts here, so a run that is preempted a hundred times has lost nothing of its patience with real trouble.
 *
 * An activity whose scope was cancelled ends as cancelled, also if its worker died before it could answer.
 *
 * @param start called with how often the images in one pass have been halved: once more for each time that memory ran out
 * @throws ActivityFailure the last one
 * @throws CancelledFailure when the scope was cancelled and the activity ended for that reason
 */
export async function persistently<T>(start: (halvings: number) => Promise<T>): Promise<T> {
  let halvings = 0;
  let inVain = 0;
  let leastLeft = Infinity;
  for (;;) {
    try {
      return await start(halvings);
    } catch (thrown) {
      if (endedByCancel(thrown) && patched(patches.cancelledInAnyCase)) {
        throw new CancelledFailure(
          'The activity was cancelled; its worker did not confirm it.',
          [],
          thrown as ActivityFailure,
        );
      }
      const failure = perhapsOurs(thrown);
      if (failure === undefined) throw thrown;
      if (failure.code === 'GW_OUT_OF_MEMORY') {
        if (halvings === mostHalvings) throw thrown;
        halvings += 1;
        continue;
      }
      if (failure.left < leastLeft) {
        leastLeft = failure.left;
        inVain = 0;
      }
      inVain += 1;
      if (inVain >= (mostInVain[failure.code] ?? 1)) throw thrown;
      await sleep(pauseAfter(inVain, { first: 1000 }));
    }
  }
}

interface OwnFailure {
  code: ErrorCode;
  /** Work that was left when it happened; falls from attempt to attempt as long as each adds something. */
  left: number;
}

/** An activity's failure that may be ours and that a retry may fix. */
function perhapsOurs(thrown: unknown): OwnFailure | undefined {
  if (!(thrown instanceof ActivityFailure) || !(thrown.cause instanceof ApplicationFailure)) return undefined;
  const [error, reached] = (thrown.cause.details ?? []) as unknown as Partial<FailureDetails>;
  if (error?.retryable !== true || !mayBeOurs.has(error.code)) return undefined;
  // Shards being read into memory are no work done: every attempt begins with them.
  const counts = reached !== undefined && reached.unit !== 'shards';
  return { code: error.code, left: counts ? reached.total - reached.done : Infinity };
}
