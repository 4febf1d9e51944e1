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

/**
 * Confident learning (Northcutt et al. 2021) asks of each label by itself whether pictures have it or not (Thyagarajan et al. 2022, “Identifying
 * incorrect annotations in multi-label classification data”). A picture is ranked by its least probable label.
 *
 * @returns the surest first
 */
export function doubtfulPictures({ probabilities, truth, classes, unjudged = [] }: LabelledScores): DoubtfulPicture[] {
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
  return [...found]
    .map(([index, doubts]) => {
      const labels = doubts.toSorted((a, b) => fit(a) - fit(b) || a.label - b.label);
      const changed = new Set(labels.map(({ label }) => label));
      const kept = (truth[index] ?? []).filter((label) => !changed.has(label));
      const added = labels.filter(({ has }) => !has).map(({ label }) => label);
      return { index, labels, suggested: [...kept, ...added].sort((a, b) => a - b) };
    })
    .sort((a, b) => fit(a.labels[0]) - fit(b.labels[0]) || a.index - b.index);
}

/** How probable it is that what is given is right. */
function fit(doubt: DoubtfulLabel | undefined): number {
  if (doubt === undefined) return 1;
  return doubt.has ? doubt.probability : 1 - doubt.probability;
}
