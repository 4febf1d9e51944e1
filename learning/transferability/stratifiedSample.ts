import { numbered, type Sequence } from '../dataset/sequence.js';
import { randomBits } from '../random.js';

export interface SampledImage {
  /** Names the picture for good: whether it is chosen depends on this, not on where it stands. */
  sha256: string;
  label: number;
}

/**
 * Some pictures in which the classes have the shares they have in all, each at least two where it has so many (one has no
 * neighbour of its own class). Which ones follows from the seed and their contents alone.
 *
 * @param size pictures at most; where there are very many classes, two of each may be more
 * @returns indices into `images`, rising; all of them when there are no more than `size`
 */
export function stratifiedSample(images: Sequence<SampledImage>, size: number, seed: number): number[] {
  if (images.length <= size) return Array.from({ length: images.length }, (_, index) => index);
  const classes = new Map<number, { index: number; order: number }[]>();
  for (const [index, { sha256, label }] of numbered(images)) {
    const members = classes.get(label) ?? [];
    members.push({ index, order: randomBits(seed, 'sample', sha256) });
    classes.set(label, members);
  }
  const members = [...classes].sort(([a], [b]) => a - b).map(([, found]) => found);
  const shares = apportion(
    members.map((found) => found.length),
    size,
  );
  return members
    .flatMap((found, c) => found.sort((a, b) => a.order - b.order || a.index - b.index).slice(0, shares[c]))
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}

/** Seats in proportion to `counts`: two each where there are so many, the rest by largest remainder (Hamilton). */
function apportion(counts: readonly number[], seats: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count * seats) / total);
  const given = counts.map((count, c) => Math.min(count, Math.max(2, Math.floor(exact[c]!))));
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
    if (given[largest]! <= 2) break;
    given[largest]! -= 1;
  }
  return given;
}
