/** Folds of pictures: each fold is held out once, and the others train. */
import type { LabelledFeatures } from '../training/index.js';

/** @returns the fold of each picture, 0 … `folds` − 1 */
export function foldsOf(labels: ArrayLike<number>, folds: number): number[] {
  const seen = new Map<number, number>();
  return Array.from(labels, (label) => {
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    return before % folds;
  });
}

/** The pictures that a condition on their index holds for. */
export function some({ features, labels }: LabelledFeatures, isWanted: (index: number) => boolean): LabelledFeatures {
  const indices = Array.from({ length: features.count }, (_, index) => index).filter(isWanted);
  const own = (wanted: ArrayLike<number>): number[] => Array.from(wanted, (index) => indices[index] as number);
  return {
    labels: indices.map((index) => labels[index] as number),
    features: {
      ...{ count: indices.length, views: features.views, shape: features.shape },
      batch: (wanted, views) => features.batch(own(wanted), views),
      prefetch: (wanted, views) => features.prefetch?.(own(wanted), views),
    },
  };
}
