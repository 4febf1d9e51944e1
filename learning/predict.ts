import { setImmediate } from 'node:timers/promises';
import type { InputSettings } from '../contracts/plan.js';
import { applyViews, centreView } from './augmentation/index.js';
import { FoldedNetwork, type Backbone, type NamedArrays } from './backbones/index.js';
import { tf } from './tensorflow.js';

export interface ClassifierOptions {
  readonly backbone: Backbone;
  /** The whole model in torch order: every stage and the classifier. */
  readonly parameters: NamedArrays;
  readonly input: Pick<InputSettings, 'store' | 'crop' | 'mean' | 'std'>;
  readonly classes: readonly string[];
  /** Images in one forward pass. @default 32 */
  readonly batchSize?: number;
}

/** A finished model. Owns its tensors: call `dispose`, or declare it with `using`. */
export class Classifier {
  readonly classes: readonly string[];
  private readonly network: FoldedNetwork;
  private readonly input: ClassifierOptions['input'];
  private readonly batchSize: number;

  /** @throws GW_WEIGHTS_MISMATCH when a parameter is missing */
  constructor({ backbone, parameters, input, classes, batchSize = 32 }: ClassifierOptions) {
    this.network = new FoldedNetwork(backbone, parameters);
    this.classes = classes;
    this.input = input;
    this.batchSize = batchSize;
  }

  /**
   * Probabilities of the centre crops, row-major [images, classes].
   * @param pixels uint8 RGB, [images, store, store, 3]
   * @param onProgress called after each forward pass with the number of images done
   * @throws RangeError when the bytes are no whole number of images
   */
  async classify(pixels: Uint8Array, onProgress?: (done: number) => void): Promise<Float32Array> {
    const imageBytes = this.input.store ** 2 * 3;
    const count = pixels.length / imageBytes;
    if (!Number.isInteger(count)) throw new RangeError(`${pixels.length} bytes are no whole number of images`);
    const probabilities = new Float32Array(count * this.classes.length);
    for (let start = 0; start < count; start += this.batchSize) {
      const size = Math.min(this.batchSize, count - start);
      const squares = pixels.subarray(start * imageBytes, (start + size) * imageBytes);
      const batch = tf.tidy(() => {
        const x = applyViews(squares, new Array(size).fill(centreView), this.input);
        return tf.softmax(this.network.logits(this.network.run(x)));
      });
      probabilities.set(batch.dataSync<'float32'>(), start * this.classes.length);
      batch.dispose();
      onProgress?.(start + size);
      await setImmediate();
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
