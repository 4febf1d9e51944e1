/**
 * Weighted Kendall's τ (Vigna, “A weighted correlation index for rankings with ties”, WWW 2015), additive hyperbolic
 * weights, the mean of both rankings' points of view: `scipy.stats.weightedtau`. Mistakes among the best count most.
 * @returns −1 to 1; NaN when one side has a single value
 */
export function weightedKendall(x: readonly number[], y: readonly number[]): number {
  return (seenFrom(x, y) + seenFrom(y, x)) / 2;
}

/** Ranks by `x`, ties by `y`. */
function seenFrom(x: readonly number[], y: readonly number[]): number {
  const order = [...x.keys()].sort((a, b) => x[b]! - x[a]! || y[b]! - y[a]!);
  const rank = new Map(order.map((index, position) => [index, position]));
  let [agreement, ofX, ofY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const weight = 1 / (rank.get(i)! + 1) + 1 / (rank.get(j)! + 1);
      const [dx, dy] = [Math.sign(x[i]! - x[j]!), Math.sign(y[i]! - y[j]!)];
      agreement += weight * dx * dy;
      ofX += weight * dx * dx;
      ofY += weight * dy * dy;
    }
  }
  return agreement / Math.sqrt(ofX * ofY);
}
