/** Pictures whose label is probably wrong, with the label that fits better. Pure. */
import { confidentJoint, labelIssues, type LabelledProbabilities } from './confidentLearning.js';

export interface Mislabelled {
  /** Of the picture. */
  index: number;
  /** The likeliest class. */
  suggested: number;
  /** Out-of-fold probability of the label, and of the suggested class. */
  own: number;
  other: number;
}

/**
 * Those that confident learning finds. The least probable label comes first: on five sets that ranked labels which had been changed
 * better than margins did (docs/benchmarks.md).
 */
export function mislabelled(given: LabelledProbabilities): Mislabelled[] {
  const { probabilities, labels, classes } = given;
  const at = (index: number, label: number): number => probabilities[index * classes + label] as number;
  return labelIssues(given, confidentJoint(given))
    .map((index) => {
      let suggested = 0;
      for (let label = 1; label < classes; label += 1) if (at(index, label) > at(index, suggested)) suggested = label;
      return { index, suggested, own: at(index, labels[index] as number), other: at(index, suggested) };
    })
    .sort((a, b) => a.own - b.own || a.index - b.index);
}
