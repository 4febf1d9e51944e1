/** What needs no model: the same answer for every picture. A model that is no better than that has learnt nothing. Pure. */
import type { Evaluation } from '../../contracts/data/evaluation.js';

export interface Baseline {
  /** The class with most test pictures. */
  class: string;
  /** Share of the test pictures that are of it, 0 to 1: how often it would be right always to answer this class. */
  share: number;
}

/** What a model's test accuracy is against that baseline. */
export type AgainstBaseline = 'worse' | 'no better' | 'not clearly better' | 'better';

/**
 * undefined where the evaluation has lost the figures of its classes, because there were too many to carry along, and of a multi-label model.
 */
export function baselineOf({
  perClass,
  count,
  multiLabel,
}: Pick<Evaluation, 'perClass' | 'count' | 'multiLabel'>): Baseline | undefined {
  if (multiLabel !== undefined) return undefined;
  const [most] = perClass.toSorted((a, b) => b.support - a.support);
  return most && { class: most.class, share: most.support / count };
}

/** Better and worse mean that the 95 % interval of the accuracy leaves the baseline out. */
export function againstBaseline(
  { top1, interval }: Pick<Evaluation, 'top1' | 'interval'>,
  share: number,
): AgainstBaseline {
  const [low, high] = interval;
  if (low > share) return 'better';
  if (high < share) return 'worse';
  return top1 > share ? 'not clearly better' : 'no better';
}

/** Share of the baseline's mistakes that the model avoids: 1 for none left, 0 for no gain, below 0 for a loss. */
export function mistakesAvoided(accuracy: number, share: number): number {
  return share >= 1 ? (accuracy >= 1 ? 1 : 0) : (accuracy - share) / (1 - share);
}
