/** A mean change from picture to picture, with its 95 % interval. */
export interface Change {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** The mean in units of its standard error. */
  readonly score: number;
}

/**
 * Difference of two paired proportions: of the share of right answers on the same pictures. Its interval is honest on few
 * pictures (adjusted Wald, Agresti & Min 2005, Statistics in Medicine 24, p. 729).
 *
 * @param gained pictures that only the second recognised
 * @param lost pictures that only the first recognised
 * @param count all pictures, > 0
 */
export function changeOfShare(gained: number, lost: number, count: number): Change {
  const n = count + 2;
  const centre = (gained - lost) / n;
  const error = Math.sqrt(gained + lost + 1 - (gained - lost) ** 2 / n) / n;
  return {
    mean: (gained - lost) / count,
    low: Math.max(-1, centre - 1.96 * error),
    high: Math.min(1, centre + 1.96 * error),
    score: centre / error,
  };
}
