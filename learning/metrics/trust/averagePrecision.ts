/**
 * How far up a ranking those are that it is meant to find: Σ (recall gained at a score) · (precision down to that score). Equal scores
 * stand in one place. Pure.
 *
 * @param scores high for what should be found
 * @returns 0 to 1; NaN where there is nothing to find
 */
export function averagePrecision(scores: ArrayLike<number>, isWanted: ArrayLike<boolean>): number {
  const order = Array.from(scores, (score, index) => ({ score, hit: isWanted[index] === true })).sort(
    (a, b) => b.score - a.score,
  );
  const wanted = order.filter(({ hit }) => hit).length;
  let [sum, hits, gained] = [0, 0, 0];
  for (const [index, { score, hit }] of order.entries()) {
    if (hit) gained += 1;
    if (order[index + 1]?.score === score) continue;
    hits += gained;
    sum += (gained / wanted) * (hits / (index + 1));
    gained = 0;
  }
  // A perfect ranking of many adds up to a rounding error more than 1, which no stored evaluation may have.
  return wanted === 0 ? Number.NaN : Math.min(1, sum);
}
