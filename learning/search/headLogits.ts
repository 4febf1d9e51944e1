/** What a head makes of pictures, from their cached features. */
import { setImmediate } from 'node:timers/promises';
import { tf, type Tensor2D } from '../tensorflow.js';
import type { LabelledFeatures } from '../training/index.js';

/** Pictures in one product. */
const atOnce = 256;

export interface Product {
  validation: LabelledFeatures;
  classes: number;
  weight: Float32Array;
  bias: Float32Array;
}

/** Logits of some validation pictures, a batch at a time: row-major [indices.length, classes]. */
export async function* logitsOf(
  { validation: { features }, classes, weight, bias }: Product,
  pictures: readonly number[],
): AsyncGenerator<{ indices: number[]; logits: Float32Array }> {
  for (let start = 0; start < pictures.length; start += atOnce) {
    const indices = pictures.slice(start, start + atOnce);
    const batch = await features.batch(indices, new Uint8Array(indices.length));
    const product = tf.tidy(() => {
      const weights = tf.tensor2d(weight, [classes, weight.length / classes]);
      return tf.add(tf.matMul(batch as Tensor2D, weights, false, true), tf.tensor1d(bias));
    });
    const logits = product.dataSync<'float32'>().slice();
    tf.dispose([batch, product]);
    yield { indices, logits };
    await setImmediate();
  }
}
