/** Labels that pictures of a multi-label task probably lack, or have in error. Pure. */
import { labelIssues } from '../trust/confidentLearning.js';

export interface DoubtfulLabel {
  /** Index of the class. */
  label: number;
  /** Whether the picture has it, as given. */
  has: boolean;
  /** Out-of-fold probability that it belongs to the picture. */
  probability: number;
}

export interface DoubtfulPicture {
  /** Of the picture. */
  index: number;
  /** The surest doubt first. */
  labels: DoubtfulLabel[];
  /** Indices of the labels that fit better, rising. */
  suggested: number[];
}

export interface LabelledScores {
  /** Row-major [truth.length, classes]: out-of-fold probability of each label. */
  probabilities: ArrayLike<number>;
  /** Of each picture the indices of its labels. */
  truth: readonly (readonly number[])[];
  classes: number;
  /** Labels that are left out. */
  unjudged?: readonly number[];
}

/** Least probability in a logarithm, so that one impossible label does not hide how the others fit. */
const least = 1e-12;

/**
 * The logarithm of how probable all labels of a picture are as given, those that it lacks among them. On pairs of emoji with flipped labels
 * it ranked better than the least probable label, and than the moving average that Cleanlab pools labels by (docs/benchmarks.md).
 *
 * @returns one for each picture, at most 0; low for what is probably wrong
 */
export function labelsFit({ probabilities, truth, classes, unjudged = [] }: LabelledScores): number[] {
  return truth.map((own, index) => {
    let sum = 0;
    for (let label = 0; label < classes; label += 1) {
      if (unjudged.includes(label)) continue;
      const probability = probabilities[index * classes + label] as number;
      sum += Math.log(Math.max(least, own.includes(label) ? probability : 1 - probability));
    }
    return sum;
  });
}

/**
 * Confident learning (Northcutt et al. 2021) asks of each label by itself whether pictures have it or not (Thyagarajan et al. 2022, “Identifying
 * incorrect annotations in multi-label classification data”). Pictures are ranked by {@link labelsFit}.
 *
 * @returns the surest first
 */
export function doubtfulPictures(judged: LabelledScores): DoubtfulPicture[] {
  const { probabilities, truth, classes, unjudged = [] } = judged;
  const found = new Map<number, DoubtfulLabel[]>();
  for (let label = 0; label < classes; label += 1) {
    if (unjudged.includes(label)) continue;
    const given = truth.map((own) => Number(own.includes(label)));
    const either = Float64Array.from({ length: 2 * truth.length }, (_, place) => {
      const probability = probabilities[(place >> 1) * classes + label] as number;
      return place % 2 === 1 ? probability : 1 - probability;
    });
    for (const index of labelIssues({ probabilities: either, labels: given, classes: 2 })) {
      const doubt = { label, has: given[index] === 1, probability: either[2 * index + 1] as number };
      found.set(index, [...(found.get(index) ?? []), doubt]);
    }
  }
  const fits = labelsFit(judged);
  return [...found]
    .map(([index, doubts]) => {
      const labels = doubts.toSorted((a, b) => fit(a) - fit(b) || a.label - b.label);
      const changed = new Set(labels.map(({ label }) => label));
      const kept = (truth[index] ?? []).filter((label) => !changed.has(label));
      const added = labels.filter(({ has }) => !has).map(({ label }) => label);
      return { index, labels, suggested: [...kept, ...added].sort((a, b) => a - b) };
    })
    .sort((a, b) => (fits[a.index] as number) - (fits[b.index] as number) || a.index - b.index);
}

/** How probable it is that what is given is right. */
function fit(doubt: DoubtfulLabel): number {
  return doubt.has ? doubt.probability : 1 - doubt.probability;
}
