/** What a search took from earlier runs, in words. Pure. */
import type { Search } from './choices.js';

/** @param noun what is tried: `heads` */
export function trialsUse(noun: string, hits: number, misses: number): Search<unknown>['cache'] {
  const reason =
    hits === 0
      ? `no earlier run tried these ${noun}`
      : `${hits} of ${hits + misses} ${noun} were tried before on these features`;
  return { hits, misses, reason };
}
