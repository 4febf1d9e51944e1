/** Numbers up to which one pass adds up: eight sums side by side. */
const block = 128;
const lanes = 8;

/**
 * Sum in pairs, whose rounding grows with the logarithm of the count (Higham 1993), in the order in which numpy adds. So a sum that
 * is whole is as exact here as there. Pure.
 */
export function pairwiseSum(values: readonly number[]): number {
  if (values.length < lanes) return values.reduce((sum, value) => sum + value, 0);
  if (values.length > block) {
    const half = Math.floor(values.length / 2);
    const middle = half - (half % lanes);
    return pairwiseSum(values.slice(0, middle)) + pairwiseSum(values.slice(middle));
  }
  const sums = values.slice(0, lanes);
  const whole = values.length - (values.length % lanes);
  for (let i = lanes; i < whole; i++) sums[i % lanes]! += values[i] as number;
  const [a, b, c, d, e, f, g, h] = sums as [number, number, number, number, number, number, number, number];
  return values.slice(whole).reduce((sum, value) => sum + value, a + b + (c + d) + (e + f + (g + h)));
}
