import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import { numbered, type Sequence } from '../dataset/columns/sequence.js';
import { randomBits } from '../random.js';

export interface SampledImage {
  /** Names the picture for good: whether it is chosen depends on this, not on where it stands. */
  sha256: string;
  /** Class; of several labels an image the index of its set of labels. */
  label: number;
}

/** Classes at most: what is computed of a sample grows with their number too, and so many say as much as all of them. */
const mostClasses = 500;
/** Pictures of each class, as far as there are so many: one has no neighbour of its own class. */
const least = 2;

/**
 * Some pictures in which the classes have the shares they have in all, each at least two where it has so many (one has no
 * neighbour of its own class). Where there are too many classes for that, or more than `mostClasses`, only some are sampled.
 * Which pictures follows from the seed and their contents, which classes from the seed and their numbers.
 *
 * @param size pictures at most
 * @param sets of several labels an image: two images of each label come first, then as many others as there is room for
 * @returns indices into `images`, rising; all of them when there are no more than `size`
 */
export function stratifiedSample(
  images: Sequence<SampledImage>,
  size: number,
  seed: number,
  sets?: LabelSets,
): number[] {
  if (sets !== undefined) return sampleOfLabels(images, size, seed, sets);
  const classes = new Map<number, { index: number; order: number }[]>();
  for (const [index, { sha256, label }] of numbered(images)) {
    const members = classes.get(label) ?? [];
    members.push({ index, order: randomBits(seed, 'sample', sha256) });
    classes.set(label, members);
  }
  const isWhole = images.length <= size && classes.size <= mostClasses;
  if (isWhole) return Array.from({ length: images.length }, (_, index) => index);
  const members = sampledClasses([...classes.keys()], Math.min(mostClasses, Math.floor(size / 2)), seed).map(
    (label) => classes.get(label) ?? [],
  );
  const shares = apportion(
    members.map((found) => found.length),
    Math.min(
      size,
      members.reduce((sum, found) => sum + found.length, 0),
    ),
  );
  return members
    .flatMap((found, c) => found.sort((a, b) => a.order - b.order || a.index - b.index).slice(0, shares[c]))
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}

function sampleOfLabels(images: Sequence<SampledImage>, size: number, seed: number, sets: LabelSets): number[] {
  const drawn = Array.from(numbered(images), ([index, { sha256, label }]) => ({
    ...{ index, order: randomBits(seed, 'sample', sha256), labels: labelsOf(label, sets) },
  })).sort((a, b) => a.order - b.order || a.index - b.index);
  const met = new Map<number, number>();
  const isRare = new Set<number>();
  for (const { index, labels } of drawn) {
    if (labels.some((label) => (met.get(label) ?? 0) < least)) isRare.add(index);
    for (const label of labels) met.set(label, (met.get(label) ?? 0) + 1);
  }
  const first = drawn.filter(({ index }) => isRare.has(index));
  const others = drawn.filter(({ index }) => !isRare.has(index));
  return [...first, ...others]
    .slice(0, size)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}

/** All classes where there are no more than `most`, else so many of them, rising. */
function sampledClasses(labels: number[], most: number, seed: number): number[] {
  const order = new Map(labels.map((label) => [label, randomBits(seed, 'sampled class', label)]));
  return labels
    .sort((a, b) => order.get(a)! - order.get(b)! || a - b)
    .slice(0, Math.max(1, most))
    .sort((a, b) => a - b);
}

/** Seats in proportion to `counts`: two each where there are so many, the rest by largest remainder (Hamilton). */
function apportion(counts: readonly number[], seats: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count * seats) / total);
  const given = counts.map((count, c) => Math.min(count, Math.max(least, Math.floor(exact[c]!))));
  let left = seats - given.reduce((sum, seat) => sum + seat, 0);
  const byRemainder = [...counts.keys()].sort((a, b) => (exact[b]! % 1) - (exact[a]! % 1) || a - b);
  for (const c of byRemainder) {
    if (left <= 0) break;
    if (given[c]! >= counts[c]! || given[c]! > exact[c]!) continue;
    given[c]! += 1;
    left -= 1;
  }
  // What small classes were given beyond their share, the largest give back.
  for (; left < 0; left++) {
    const largest = given.indexOf(Math.max(...given));
    if (given[largest]! <= least) break;
    given[largest]! -= 1;
  }
  return given;
}
