/** What a head makes of pictures with several labels each. Pure. */
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import type { ScoredPicture } from '../metrics/multiLabel/averages.js';
import { labelsAnswer, labelsLoss, rescaled } from '../metrics/multiLabel/evaluateLabels.js';
import type { TrialOutcome } from './searchSettings.js';

/**
 * The probability of each label.
 *
 * @param logits row-major [labels.length, classes]
 * @param labels of the pictures: indices of `sets`
 */
export function scoredPictures(
  logits: Float32Array,
  labels: readonly number[],
  sets: LabelSets | undefined,
): ScoredPicture[] {
  const classes = logits.length / labels.length;
  return labels.map((label, row) => ({
    scores: logits.subarray(row * classes, (row + 1) * classes).map((logit) => 1 / (1 + Math.exp(-logit))),
    truth: labelsOf(label, sets),
  }));
}

/**
 * The loss of each picture is the binary cross-entropy, summed over the labels; right is one whose likeliest label is right.
 *
 * @param pictures with finite probabilities at temperature 1
 * @param temperature at which they are judged
 */
export function labelOutcomes(pictures: readonly ScoredPicture[], temperature = 1): TrialOutcome {
  const judged = pictures.map(({ scores, truth }) => ({
    ...{ truth, scores: Array.from(scores, (score) => rescaled(score, 1 / temperature)) },
  }));
  return {
    correct: judged.map(({ scores, truth }) => labelsAnswer(scores, 0, truth).rank === 0),
    losses: judged.map((picture) => labelsLoss([picture])),
  };
}

/** The same at temperature 1, with the probabilities. */
export function outcomeWithScores(pictures: readonly ScoredPicture[]): TrialOutcome {
  return { ...labelOutcomes(pictures), scores: pictures.map(({ scores }) => Array.from(scores)) };
}
