/** Pearson's chi-squared test of whether two samples have the same shares of each class. Pure. */

export interface ChiSquared {
  statistic: number;
  degrees: number;
  pValue: number;
}

/** Share of the squared mean below which a variance is but rounding: the statistic has one value under all tables. */
const noVariance = 1e-9;

/**
 * The p-value is the larger one of two. The first is that of the chi-squared distribution, which with few pictures of some classes
 * would give a false alarm in up to a fifth of the cases. The second is that of the gamma distribution with the statistic's exact mean
 * and variance under all tables with these sums (Dawson 1954, Biometrika 41, p. 280). By itself it would give as many where one picture,
 * or a few, are held against classes of nearly the same size: then the statistic hardly varies, and has no such shape.
 *
 * @param before and after: how many of each class, in the same order
 * @returns null where fewer than two classes have any, or one of the samples is empty
 */
export function compareShares(before: readonly number[], after: readonly number[]): ChiSquared | null {
  const pairs = before.map((count, index) => [count, after[index] ?? 0] as const).filter(([a, b]) => a + b > 0);
  const totals = [0, 1].map((side) => pairs.reduce((sum, pair) => sum + (pair[side] ?? 0), 0));
  const [all = 0, others = 0] = totals;
  if (pairs.length < 2 || all === 0 || others === 0) return null;
  let statistic = 0;
  for (const pair of pairs) {
    for (const [side, total] of totals.entries()) {
      const expected = ((pair[0] + pair[1]) * total) / (all + others);
      statistic += ((pair[side] ?? 0) - expected) ** 2 / expected;
    }
  }
  const degrees = pairs.length - 1;
  const { mean, variance } = momentsOf(
    pairs.map(([a, b]) => a + b),
    [all, others],
  );
  if (variance < noVariance * mean ** 2) return { statistic, degrees, pValue: 1 };
  const exactMoments = upperTail(mean ** 2 / variance, (statistic * mean) / variance);
  return { statistic, degrees, pValue: Math.max(upperTail(degrees / 2, statistic / 2), exactMoments) };
}

/** Of Pearson's statistic, under all tables with these sums of rows and columns; those of chi-squared for fewer than five pictures. */
function momentsOf(rows: readonly number[], columns: readonly number[]): { mean: number; variance: number } {
  const all = rows.reduce((sum, count) => sum + count, 0);
  const degrees = (rows.length - 1) * (columns.length - 1);
  if (all < 5) return { mean: degrees, variance: 2 * degrees };
  const spread = (sums: readonly number[]): number => ((sums.length - 1) * (all - sums.length)) / (all - 1);
  const unevenness = (sums: readonly number[]): number =>
    (sums.reduce((sum, count) => sum + all / count, 0) - sums.length ** 2) / (all - 2);
  const [a, b] = [unevenness(rows), unevenness(columns)];
  const variance =
    ((2 * all) / (all - 3)) * (spread(rows) - a) * (spread(columns) - b) + ((all * all) / (all - 1)) * a * b;
  return { mean: (degrees * all) / (all - 1), variance };
}

/**
 * Regularised upper incomplete gamma function Q(a, x): the chance that a chi-squared variable of 2a degrees exceeds 2x. Series
 * below a + 1, continued fraction above (Press et al., Numerical Recipes, 3rd ed., 6.2); to about 1e-12.
 */
export function upperTail(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > sum * Number.EPSILON; n++) sum += term *= x / (a + n);
    return Math.max(0, 1 - scale * sum);
  }
  // Lentz's method.
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; i < 10_000; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / nonZero(an * d + b, tiny);
    c = nonZero(b + an / c, tiny);
    const factor = c * d;
    fraction *= factor;
    if (Math.abs(factor - 1) < 1e-14) break;
  }
  return Math.min(1, scale * fraction);
}

const nonZero = (value: number, tiny: number): number => (Math.abs(value) < tiny ? tiny : value);

/** ln Γ(a) for a ≥ ½ (Lanczos, g = 7, nine terms: some 1e-15). */
function logGamma(a: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const z = a - 1;
  const sum = coefficients.reduce((total, value, index) => total + value / (z + index + 1), 0.99999999999980993);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}
