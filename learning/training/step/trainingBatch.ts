/** What one training step gets: features and labels of a batch, mixed if the settings say so. */
import { mix, type Mixing } from '../../augmentation/mixing.js';
import { tf, type Tensor } from '../../tensorflow.js';
import type { LabelledFeatures } from '../stage/stageInput.js';
import type { Batch } from './trainingStep.js';

export type TrainingBatch = Pick<Batch, 'labels' | 'partners' | 'features'>;

/**
 * @param indices of the batch's images
 * @param views which view of each
 * @param mixing null: nothing is mixed
 */
export function trainingBatch(
  { features, labels }: LabelledFeatures,
  indices: Int32Array,
  views: Int32Array,
  mixing: Mixing | null,
): TrainingBatch {
  const labelsOf = (images: Int32Array): number[] => Array.from(images, (image) => labels[image] as number);
  const own = (from: number, to: number): Promise<Tensor> =>
    features.batch(indices.subarray(from, to), views.subarray(from, to));
  if (mixing === null) return { labels: labelsOf(indices), features: own };
  const [nextIndices, nextViews] = [rotated(indices), rotated(views)];
  return {
    labels: labelsOf(indices),
    partners: { labels: labelsOf(nextIndices), share: 1 - mixing.share },
    async features(from, to) {
      const mine = await own(from, to);
      // A whole batch has every picture's partner in it; a part's last one lies in the next part.
      const whole = to - from === indices.length;
      const theirs = whole
        ? tf.tidy(() => tf.concat([mine.slice(1), mine.slice(0, 1)], 0))
        : await features.batch(nextIndices.subarray(from, to), nextViews.subarray(from, to));
      const mixed = mix(mine, theirs, mixing);
      tf.dispose([mine, theirs]);
      return mixed;
    },
  };
}

/** The second first, …, the first last. */
function rotated(values: Int32Array): Int32Array {
  return Int32Array.from(values, (_, index) => values[(index + 1) % values.length] as number);
}
