/**
 * Folds that have every n-th picture of each class. Pure.
 * @returns the fold of each picture, 0 … `folds` − 1
 */
export function foldsOf(labels: ArrayLike<number>, folds: number): number[] {
  const seen = new Map<number, number>();
  return Array.from(labels, (label) => {
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    return before % folds;
  });
}
