/**
 * Sets of labels that hold as many of the right ones as was asked for: conformal risk control (Angelopoulos et al. 2022). What is
 * controlled is the share of a picture's labels that its set lacks. Pure.
 */
import type { ScoredPicture } from './averages.js';

/** Share of a picture's labels with a probability below the limit; 0 for a picture without labels. */
export function missedShare({ scores, truth }: ScoredPicture, limit: number): number {
  return truth.length === 0 ? 0 : truth.filter((label) => (scores[label] ?? 0) < limit).length / truth.length;
}

/**
 * The highest limit at which a new picture's set lacks at most 1 − `coverage` of its labels on the mean, if it is drawn as these were: n
 * pictures whose mean missed share R keeps (n·R + 1) / (n + 1) ≤ 1 − coverage (eq. 4 with B = 1).
 *
 * @param coverage above 0, below 1
 * @returns 0 (every label) where there are too few pictures for such a promise
 */
export function missLimit(pictures: readonly ScoredPicture[], coverage: number): number {
  const count = pictures.length;
  // Rounding must not turn (9 + 1) · 0.1 into less than 1.
  const allowed = (count + 1) * (1 - coverage) - 1 + 1e-9;
  if (allowed < 0) return 0;
  const steps = pictures
    .flatMap(({ scores, truth }) => truth.map((label) => ({ score: scores[label] ?? 0, share: 1 / truth.length })))
    .sort((a, b) => a.score - b.score);
  let missed = 0;
  for (let index = 0; index < steps.length;) {
    const { score } = steps[index] as (typeof steps)[number];
    let own = 0;
    for (; steps[index]?.score === score; index += 1) own += steps[index]?.share ?? 0;
    // A limit above this score misses what has it.
    if (missed + own > allowed) return score;
    missed += own;
  }
  return 1;
}

/** Labels whose probability reaches the limit, in their own order. */
export function labelSet(probabilities: ArrayLike<number>, limit: number): number[] {
  return Array.from(probabilities, (probability, label) => (probability >= limit ? label : -1)).filter(
    (label) => label >= 0,
  );
}
