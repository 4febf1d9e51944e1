import { setImmediate } from 'node:timers/promises';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { applyViews, centreView, type ViewParameters } from '../augmentation/index.js';
import { FoldedNetwork, type Backbone, type NamedArrays } from '../backbones/index.js';
import { tf, type Tensor2D } from '../tensorflow.js';

export interface ClassifierOptions {
  readonly backbone: Backbone;
  /** The whole model in torch order: every stage and the classifier. */
  readonly parameters: NamedArrays;
  readonly input: Pick<InputSettings, 'store' | 'crop' | 'mean' | 'std'>;
  readonly classes: readonly string[];
  /** Left out: each image has one of the classes. */
  readonly task?: 'multi-label' | undefined;
  /** Images in one forward pass. @default 32 */
  readonly batchSize?: number;
  /** About how many will be classified: many are worth a preparation. @default 0 */
  readonly images?: number;
}

/** What of each image is looked at; the probabilities of its views are averaged. */
export interface ClassifiedViews {
  readonly views: number;
  /** View `view` of the image at that position of the pixels. */
  readonly view: (image: number, view: number) => ViewParameters;
}

const centreOnly: ClassifiedViews = { views: 1, view: () => centreView };

/** A finished model. Owns its tensors: call `dispose`, or declare it with `using`. */
export class Classifier {
  readonly classes: readonly string[];
  private readonly network: FoldedNetwork;
  private readonly input: ClassifierOptions['input'];
  private readonly batchSize: number;
  private readonly isMultiLabel: boolean;

  /** @throws GW_WEIGHTS_MISMATCH when a parameter is missing */
  constructor({ backbone, parameters, input, classes, task, batchSize = 32, images = 0 }: ClassifierOptions) {
    this.network = new FoldedNetwork(backbone, parameters, { images });
    this.classes = classes;
    this.input = input;
    this.batchSize = batchSize;
    this.isMultiLabel = task === 'multi-label';
  }

  /**
   * Probabilities of the images, row-major [images, classes], of which each row sums to 1 unless labels are independent: of the centre crops, or the mean over several views of each.
   * @param pixels uint8 RGB, [images, store, store, 3]
   * @param onProgress called after each forward pass with the number of images done
   * @param onFeatures called for each image, in order, with the pooled features of its view 0, as the classifier sees them
   * @throws RangeError when the bytes are no whole number of images
   */
  async classify(
    pixels: Uint8Array,
    onProgress?: (done: number) => void,
    { views, view }: ClassifiedViews = centreOnly,
    onFeatures?: (features: Float32Array) => void,
  ): Promise<Float32Array> {
    const imageBytes = this.input.store ** 2 * 3;
    const count = pixels.length / imageBytes;
    if (!Number.isInteger(count)) throw new RangeError(`${pixels.length} bytes are no whole number of images`);
    const probabilities = new Float32Array(count * this.classes.length);
    for (let start = 0; start < count; start += this.batchSize) {
      const size = Math.min(this.batchSize, count - start);
      const squares = pixels.subarray(start * imageBytes, (start + size) * imageBytes);
      const sums = new Float32Array(size * this.classes.length);
      for (let index = 0; index < views; index++) {
        const wanted = index === 0 ? onFeatures : undefined;
        const [batch, pooled] = tf.tidy((): [Tensor2D, Tensor2D | undefined] => {
          const shown = Array.from({ length: size }, (_, image) => view(start + image, index));
          const map = this.network.run(applyViews(squares, shown, this.input));
          const logits = this.network.logits(map);
          return [this.isMultiLabel ? tf.sigmoid(logits) : tf.softmax(logits), wanted && this.network.pooled(map)];
        });
        batch.dataSync<'float32'>().forEach((value, position) => (sums[position] = (sums[position] as number) + value));
        batch.dispose();
        if (wanted !== undefined && pooled !== undefined) {
          const rows = pooled.dataSync<'float32'>();
          const length = rows.length / size;
          for (let image = 0; image < size; image++) wanted(rows.slice(image * length, (image + 1) * length));
          pooled.dispose();
        }
        await setImmediate();
      }
      probabilities.set(views === 1 ? sums : sums.map((sum) => sum / views), start * this.classes.length);
      onProgress?.(start + size);
    }
    return probabilities;
  }

  dispose(): void {
    this.network.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
