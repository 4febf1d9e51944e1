/** Features of two splits as those of one. */
import { tf, type Tensor } from '../tensorflow.js';
import type { FeatureSource } from './featureSource.js';

/** The first one's images come first. Where the second has fewer views, its views are gone through again. */
export function joinedFeatures(first: FeatureSource, second: FeatureSource): FeatureSource {
  const isFirst = (index: number): boolean => index < first.count;
  const part = (indices: ArrayLike<number>, views: ArrayLike<number>, wanted: boolean): Part => {
    const rows = Array.from({ length: indices.length }, (_, row) => row).filter(
      (row) => isFirst(indices[row] ?? 0) === wanted,
    );
    const own = wanted ? first : second;
    return {
      rows,
      indices: rows.map((row) => (indices[row] ?? 0) - (wanted ? 0 : first.count)),
      views: rows.map((row) => (views[row] ?? 0) % own.views),
    };
  };
  return {
    ...{ count: first.count + second.count, views: first.views, shape: first.shape },
    async batch(indices, views) {
      const [ours, theirs] = [part(indices, views, true), part(indices, views, false)];
      if (theirs.rows.length === 0) return first.batch(ours.indices, ours.views);
      if (ours.rows.length === 0) return second.batch(theirs.indices, theirs.views);
      const parts = [await first.batch(ours.indices, ours.views), await second.batch(theirs.indices, theirs.views)];
      const places = new Int32Array(indices.length);
      for (const [at, row] of [...ours.rows, ...theirs.rows].entries()) places[row] = at;
      const joined = tf.tidy((): Tensor => tf.gather(tf.concat(parts, 0), tf.tensor1d(places, 'int32')));
      tf.dispose(parts);
      return joined;
    },
    prefetch(indices, views) {
      for (const [own, wanted] of [
        [first, true],
        [second, false],
      ] as const) {
        const asked = part(indices, views, wanted);
        own.prefetch?.(asked.indices, asked.views);
      }
    },
  };
}

interface Part {
  /** Of the batch. */
  rows: number[];
  indices: number[];
  views: number[];
}
