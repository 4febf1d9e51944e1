/**
 * Sets of classes that hold the right one as often as was asked for: split conformal prediction. A quantile of scores of labelled
 * pictures is the limit; a new picture's set has every class whose score is within it. Pure.
 */
import { setMethodSchema, type SetMethod } from '../../../contracts/models/predictions.js';
import { topIndices } from '../ranking.js';

/**
 * Scores of both grow the less a class seems right.
 * - `lac`: 1 − probability (Sadinle et al. 2019). The smallest sets on the mean. A set may be empty: no class is likely enough.
 * - `aps`: the probability of all classes down to this one, itself included (Romano et al. 2020, not randomised). A set is the fewest
 *   classes that reach the limit together. Larger sets, which cover hard pictures about as often as easy ones.
 */
export const setMethods = setMethodSchema.options;

/** Score of every class of one picture. @param row its probabilities */
export function setScores(method: SetMethod, row: ArrayLike<number>): Float64Array {
  if (method === 'lac') return Float64Array.from(row, (probability) => 1 - probability);
  const scores = new Float64Array(row.length);
  let sum = 0;
  for (const label of topIndices(row, row.length)) scores[label] = sum += row[label] as number;
  return scores;
}

/**
 * The limit that a new picture's right class stays within with probability ≥ `coverage`, if it is drawn as these were: of n scores
 * the ⌈(n + 1) · coverage⌉-th smallest.
 *
 * @param scores those of the right classes, in any order
 * @param coverage above 0, below 1
 * @returns Infinity (every class) where there are too few scores for such a promise
 */
export function scoreQuantile(scores: readonly number[], coverage: number): number {
  // Rounding must not turn (9 + 1) · 0.9 into a tenth score.
  const rank = Math.ceil((scores.length + 1) * coverage - 1e-9);
  return scores.toSorted((a, b) => a - b)[rank - 1] ?? Infinity;
}

/** Classes within the limit, in their own order. @param limit one for all classes, or one for each */
export function predictionSet(
  method: SetMethod,
  row: ArrayLike<number>,
  limit: number | ((label: number) => number),
): number[] {
  const limitOf = typeof limit === 'number' ? () => limit : limit;
  const isWithin = (score: number, label: number): boolean =>
    method === 'lac' ? score <= limitOf(label) : score - (row[label] as number) < limitOf(label);
  return Array.from(setScores(method, row), (score, label) => (isWithin(score, label) ? label : -1)).filter(
    (label) => label >= 0,
  );
}
