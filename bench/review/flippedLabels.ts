/** Sets of labels of which some have one label too many, or lack one, on purpose. Pure. */
import { randomBits } from '../../learning/random.js';

/**
 * @param truth labels of each picture, rising
 * @param share of the pictures of which one label is flipped: half of them lack one then, as far as they have any
 * @param seed decides which
 */
export function flippedLabels(
  truth: readonly (readonly number[])[],
  classes: number,
  share: number,
  seed: number,
): { given: number[][]; isChanged: boolean[] } {
  const order = truth
    .map((_, index) => ({ index, hash: randomBits(seed, 'flipped', index) }))
    .sort((a, b) => a.hash - b.hash);
  const given = truth.map((own) => [...own]);
  const isChanged = truth.map(() => false);
  for (const [place, { index }] of order.slice(0, Math.round(share * truth.length)).entries()) {
    const own = truth[index] ?? [];
    const others = Array.from({ length: classes }, (_, label) => label).filter((label) => !own.includes(label));
    const from = others.length === 0 || (place % 2 === 0 && own.length > 0) ? own : others;
    const label = from[randomBits(seed, 'label', index) % from.length] ?? 0;
    given[index] = own.includes(label) ? own.filter((one) => one !== label) : [...own, label].sort((a, b) => a - b);
    isChanged[index] = true;
  }
  return { given, isChanged };
}
