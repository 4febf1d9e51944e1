/** One setup at a time per checkout: two at once would delete each other's node_modules. */
import { setTimeout as delay } from 'node:timers/promises';
import { holdersOf, takeLock } from '../lock/exclusiveLock.mjs';
import { places } from './places.mjs';
import { say } from './progress.mjs';

/**
 * Waits for the setup that runs already, if one does.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSetupLock(work) {
  let reported = false;
  for (;;) {
    const lock = takeLock(places.lock);
    if (lock !== undefined) {
      try {
        return await work();
      } finally {
        lock.release();
      }
    }
    const [holder] = holdersOf(places.lock);
    if (!reported) say(`waiting for another setup that is already running (process ${holder?.pid ?? 'unknown'})`);
    reported = true;
    await delay(500);
  }
}
