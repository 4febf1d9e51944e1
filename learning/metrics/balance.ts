/** How a model treats classes of very different size: accuracy alone hides that small ones are lost. Pure. */
import type { Evaluation } from '../../contracts/data/evaluation.js';

/** Pictures of the largest class for each of the smallest from which on it is said. */
export const mostEven = 3;

export interface Balance {
  /** Mean recall of the classes that have pictures. */
  accuracy: number;
  /** The class with the least recall; of equals the first. */
  least: { class: string; recall: number; support: number };
}

/** @returns undefined of a multi-label model, where classes are even, there is no table of classes, or fewer than two have pictures */
export function balanceOf({ perClass, multiLabel }: Pick<Evaluation, 'perClass' | 'multiLabel'>): Balance | undefined {
  if (multiLabel !== undefined) return undefined;
  const met = perClass.flatMap(({ class: name, recall, support }) =>
    recall === null ? [] : [{ class: name, recall, support }],
  );
  const [first] = met;
  if (first === undefined || met.length < 2) return undefined;
  const supports = met.map(({ support }) => support);
  const [most, fewest] = [supports.reduce((a, b) => Math.max(a, b)), supports.reduce((a, b) => Math.min(a, b))];
  if (most <= mostEven * fewest) return undefined;
  return {
    accuracy: met.reduce((sum, { recall }) => sum + recall, 0) / met.length,
    least: met.reduce((least, one) => (one.recall < least.recall ? one : least), first),
  };
}
