/** Exact bounds of a share that was counted. Pure. */

/**
 * P(X ≤ k) of X ~ Binomial(n, p).
 *
 * @param k 0 to n
 * @param p 0 to 1
 */
export function binomialLowerTail(k: number, n: number, p: number): number {
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  // Above the mean the other tail is the one whose terms fall from its first on.
  if (k > n * p) return 1 - fallingTail(n - k - 1, n, 1 - p);
  return fallingTail(k, n, p);
}

/** P(X ≤ k) for k ≤ np + 1: from the largest term down, so that nothing overflows and little is summed. */
function fallingTail(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  let logLargest = k * Math.log(p) + (n - k) * Math.log1p(-p);
  for (let i = 1; i <= k; i++) logLargest += Math.log((n - k + i) / i);
  let term = 1;
  let sum = 1;
  for (let i = k; i > 0 && term > Number.EPSILON * sum; i--) {
    term *= (i * (1 - p)) / ((n - i + 1) * p);
    sum += term;
  }
  return Math.min(1, Math.exp(logLargest) * sum);
}

/**
 * Upper bound of a share, exact (Clopper & Pearson 1934, Biometrika 26, p. 404): the largest one under which so few successes, or
 * fewer, have at least the chance `error`.
 *
 * @param successes out of `count`; of none nothing is known, and the bound is 1
 * @param error chance that the true share lies above the bound, 0 to 1
 */
export function shareUpperBound(successes: number, count: number, error: number): number {
  if (successes >= count) return 1;
  let [low, high] = [successes / count, 1];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (binomialLowerTail(successes, count, middle) > error) low = middle;
    else high = middle;
  }
  return high;
}
