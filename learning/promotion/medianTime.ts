/** The median of a few timings, and how low the true one may be. Pure. */

export interface MedianTime {
  median: number;
  /** Lower bound of the true median: it is at least this with 95 % confidence. */
  low: number;
}

/**
 * The bound is an order statistic, whatever the distribution (Thompson 1936, Annals of Mathematical Statistics 7, p. 122): the k-th
 * smallest of n lies above the true median only if fewer than k of them lie below it, each with probability ½. Of fewer than five it is
 * the least, which is no such bound.
 *
 * @param times at least one; in milliseconds, or any unit
 * @throws RangeError when there is none
 */
export function medianTime(times: readonly number[]): MedianTime {
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  if (median === undefined) throw new RangeError('no time was taken');
  let below = 0;
  for (let k = 0, chance = 0.5 ** sorted.length, term = chance; k < sorted.length && chance <= 0.05; k++) {
    below = k;
    term *= (sorted.length - k) / (k + 1);
    chance += term;
  }
  return { median, low: sorted[below] as number };
}
