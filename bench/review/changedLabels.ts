/** Labels of which some are wrong on purpose. Pure. */
import { randomBits } from '../../learning/random.js';

/** @param share of the labels that become another class, each as likely as the others @param seed decides which, and what they become */
export function changedLabels(
  labels: readonly number[],
  classes: number,
  share: number,
  seed: number,
): { given: number[]; isChanged: boolean[] } {
  const order = labels
    .map((_, index) => ({ index, hash: randomBits(seed, 'changed', index) }))
    .sort((a, b) => a.hash - b.hash);
  const [given, isChanged] = [[...labels], labels.map(() => false)];
  for (const { index } of order.slice(0, Math.round(share * labels.length))) {
    given[index] = ((labels[index] as number) + 1 + (randomBits(seed, 'to', index) % (classes - 1))) % classes;
    isChanged[index] = true;
  }
  return { given, isChanged };
}
