/** For each class the distance that hardly any of its pictures exceeds. Pure. */

/** Fewer pictures of a class say nothing of what is usual. */
const leastPictures = 12;
/** Quartile ranges above the upper quartile: what lies beyond is far out (Tukey 1977). */
const ranges = 3;

/** @param distances of each picture to its class @returns Infinity for a class with fewer than 12 pictures */
export function outerFences(distances: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number[] {
  const own = Array.from({ length: classes }, (): number[] => []);
  for (let index = 0; index < labels.length; index += 1) own[labels[index] as number]?.push(distances[index] as number);
  return own.map((of) => {
    if (of.length < leastPictures) return Infinity;
    const sorted = of.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number;
    return at(0.75) + ranges * (at(0.75) - at(0.25));
  });
}
