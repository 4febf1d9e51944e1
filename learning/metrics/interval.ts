/** Two-sided 95 % of the standard normal. */
const z95 = 1.959963984540054;

/**
 * 95 % score interval of a proportion (Wilson 1927): unlike ±1.96 standard errors it stays within 0…1 and means
 * something for few images or a perfect score.
 * @param successes out of `count` > 0
 */
export function wilsonInterval(successes: number, count: number): [low: number, high: number] {
  const share = successes / count;
  const z2 = z95 * z95;
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = (z95 / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count * count));
  // At 0 and at 1 the bound is exact; rounding must not leave the range.
  return [successes === 0 ? 0 : Math.max(0, centre - half), successes === count ? 1 : Math.min(1, centre + half)];
}
