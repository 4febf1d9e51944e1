/** Waiting for a store that is away or asks to be spared, beyond the few seconds the SDK waits by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { randomPauseAfter } from '../../contracts/backoff.js';
import { isStoreAway } from '../../contracts/errors.js';

export interface Patience {
  /** Milliseconds after which an operation is given up; 0: at once. */
  limit: number;
  /** Called for each failure that is waited out. */
  warn?: (fields: Record<string, unknown>, message: string) => void;
}

/** Of the tries while the store is away. */
const backoff = { first: 1_000, most: 10_000 };

/**
 * Runs `operation` until it succeeds, fails for good, or the patience is at its end. Delays have full jitter (Brooker,
 * “Exponential Backoff and Jitter”, AWS 2015), so that many workers do not come back at the same moment.
 *
 * @throws what the last try threw
 */
export async function patiently<T>(operation: () => Promise<T>, { limit, warn }: Patience): Promise<T> {
  const began = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await operation();
    } catch (thrown) {
      const wait = randomPauseAfter(tries, backoff);
      const seconds = (performance.now() - began) / 1000;
      if (!isStoreAway(thrown) || seconds * 1000 + wait > limit) throw thrown;
      warn?.({ tries, seconds, reason: String(thrown) }, 'the object store does not answer: trying again');
      await delay(wait);
    }
  }
}
