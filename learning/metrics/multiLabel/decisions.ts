/** From probabilities to labels: thresholds, and what comes of them. Pure. */
import { averagePrecisions, meanOf, type ScoredPicture } from './averages.js';

/** Where nothing says more. */
export const plainThreshold = 0.5;

/** Pictures with a label from which it has a threshold of its own. With fewer the threshold of all labels is surer. */
const enough = 5;

export interface LabelCounts {
  /** Pictures that have the label. */
  readonly support: number;
  /** Pictures that are given it, and those of them that have it. */
  readonly given: number;
  readonly right: number;
}

/** Whether a picture with such a probability is given a label. */
export function isGiven(probability: number, threshold: number): boolean {
  return probability >= threshold;
}

/** Labels of a picture, in their own order. @param thresholds one for each label */
export function givenLabels(probabilities: ArrayLike<number>, thresholds: readonly number[]): number[] {
  return thresholds.flatMap((threshold, label) => (isGiven(probabilities[label] ?? 0, threshold) ? [label] : []));
}

/** Of each label. */
export function countLabels(pictures: readonly ScoredPicture[], thresholds: readonly number[]): LabelCounts[] {
  const counts = thresholds.map(() => ({ support: 0, given: 0, right: 0 }));
  for (const { scores, truth } of pictures) {
    for (const label of truth) {
      const own = counts[label];
      if (own !== undefined) own.support += 1;
    }
    for (const label of givenLabels(scores, thresholds)) {
      const own = counts[label];
      if (own === undefined) continue;
      own.given += 1;
      if (truth.includes(label)) own.right += 1;
    }
  }
  return counts;
}

/** 2 · right / (given + support); null where both are none. */
export function f1Of({ support, given, right }: LabelCounts): number | null {
  return support + given === 0 ? null : (2 * right) / (support + given);
}

/** F1 of all decisions together. */
export function microF1(counts: readonly LabelCounts[]): number {
  const sum = (key: keyof LabelCounts): number => counts.reduce((total, own) => total + own[key], 0);
  return f1Of({ support: sum('support'), given: sum('given'), right: sum('right') }) ?? 0;
}

/** Mean F1 of the labels that any picture has, as mean average precision is; 0 where none has one. */
export function macroF1Of(counts: readonly LabelCounts[]): number {
  return meanOf(counts.map((own) => (own.support === 0 ? null : f1Of(own))));
}

/**
 * A threshold for each label, at which its F1 on these pictures is the highest: half-way between two probabilities. A label that fewer than 5
 * pictures have is given the threshold at which the F1 of all decisions is the highest.
 */
export function fitThresholds(pictures: readonly ScoredPicture[], classes: number): number[] {
  const decisionsOf = (label: number): Decision[] =>
    pictures.map(({ scores, truth }) => ({ score: scores[label] ?? 0, isRight: truth.includes(label) }));
  const all = Array.from({ length: classes }, (_, label) => decisionsOf(label));
  const common = bestThreshold(all.flat());
  return all.map((own) => (own.filter(({ isRight }) => isRight).length < enough ? common : bestThreshold(own)));
}

interface Decision {
  readonly score: number;
  readonly isRight: boolean;
}

function bestThreshold(decisions: readonly Decision[]): number {
  const sorted = decisions.toSorted((a, b) => b.score - a.score);
  const support = sorted.filter(({ isRight }) => isRight).length;
  let [best, threshold, right] = [0, plainThreshold, 0];
  for (const [index, { score, isRight }] of sorted.entries()) {
    if (isRight) right += 1;
    const next = sorted[index + 1]?.score ?? 0;
    if (next === score) continue;
    const f1 = f1Of({ support, given: index + 1, right }) ?? 0;
    if (f1 > best) [best, threshold] = [f1, (score + next) / 2];
  }
  return threshold;
}

/** Average precision and the counts of each label. */
export function labelFigures(
  pictures: readonly ScoredPicture[],
  thresholds: readonly number[],
): (LabelCounts & { averagePrecision: number | null; f1: number | null })[] {
  const precisions = averagePrecisions(pictures, thresholds.length);
  return countLabels(pictures, thresholds).map((counts, label) => ({
    ...counts,
    averagePrecision: precisions[label] ?? null,
    f1: f1Of(counts),
  }));
}
