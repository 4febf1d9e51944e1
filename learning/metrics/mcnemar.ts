/** How often each of two classifiers alone was right, on the same pictures. */
export interface Disagreement {
  /** Pictures that only the first recognised. */
  onlyFirst: number;
  /** Pictures that only the second recognised. */
  onlySecond: number;
}

/**
 * McNemar's test, exact and two-sided (McNemar 1947, Psychometrika 12, p. 153; the exact form is the sign test on the pairs
 * that disagree, Edwards 1948, Psychometrika 13, p. 185): were both equally good, each picture that only one of them
 * recognised would be either's with probability ½. Pictures that both recognise, or neither, say nothing about the
 * difference.
 *
 * @returns pValue, 0 to 1: the chance of so uneven a split, or a more uneven one, between equals; 1 where they never disagree
 * @throws RangeError for a count that is no whole number ≥ 0
 */
export function mcnemar({ onlyFirst, onlySecond }: Disagreement): { pValue: number } {
  for (const count of [onlyFirst, onlySecond]) {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} is no count of pictures`);
  }
  const pairs = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  return { pValue: Math.min(1, 2 * lowerTail(fewer, pairs)) };
}

/** P(X ≤ k) of X ~ Binomial(n, ½), k ≤ n/2: from the largest term down, so that nothing overflows and little is summed. */
function lowerTail(k: number, n: number): number {
  let logLargest = -n * Math.LN2;
  for (let i = 1; i <= k; i++) logLargest += Math.log((n - k + i) / i);
  let term = 1;
  let sum = 1;
  for (let i = k; i > 0 && term > Number.EPSILON * sum; i--) {
    term *= i / (n - i + 1);
    sum += term;
  }
  return Math.exp(logLargest) * sum;
}
