/** The set of classes beside a model's answer. Pure. */
import type { ModelCard } from '../../contracts/models/modelCard.js';
import type { PredictionSets } from '../../contracts/models/predictions.js';
import { labelSet } from './multiLabel/sets.js';
import { predictionSet } from './trust/conformal.js';
import { classLimits, labelLimit } from './trust/keptLimits.js';

/** From the probability of each class to the indices of a picture's set, the likeliest first. */
export type SetOf = (probabilities: ArrayLike<number>) => number[];

/**
 * How a model makes the sets that are wanted: of classes, or of a multi-label model's labels.
 *
 * @throws GraftworkError GW_USAGE where the card has no limits for these sets
 */
export function setsOf(
  card: Pick<ModelCard, 'name' | 'version' | 'task' | 'classes' | 'calibration'>,
  sets: PredictionSets,
): SetOf {
  if (card.task === 'multi-label') {
    const limit = labelLimit(card, sets);
    return (probabilities) => surestFirst(labelSet(probabilities, limit), probabilities);
  }
  const limits = classLimits(card, sets);
  return (probabilities) =>
    surestFirst(
      predictionSet(sets.method, probabilities, (label) => limits[label] as number),
      probabilities,
    );
}

/** Sorts labels in place. @returns the same array */
export function surestFirst(labels: number[], probabilities: ArrayLike<number>): number[] {
  return labels.sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number));
}
