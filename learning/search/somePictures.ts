import type { LabelledFeatures } from '../training/index.js';

/** The pictures that a condition on their index holds for. */
export function somePictures(
  { features, labels, ...task }: LabelledFeatures,
  isWanted: (index: number) => boolean,
): LabelledFeatures {
  const indices = Array.from({ length: features.count }, (_, index) => index).filter(isWanted);
  const own = (wanted: ArrayLike<number>): number[] => Array.from(wanted, (index) => indices[index] as number);
  return {
    ...task,
    labels: indices.map((index) => labels[index] as number),
    features: {
      ...{ count: indices.length, views: features.views, shape: features.shape },
      batch: (wanted, views) => features.batch(own(wanted), views),
      prefetch: (wanted, views) => features.prefetch?.(own(wanted), views),
    },
  };
}
