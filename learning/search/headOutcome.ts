/** One training of a head on cached features, and what it makes of each validation picture. */
import { setImmediate } from 'node:timers/promises';
import { argMax } from '../metrics/ranking.js';
import { tf, type Tensor2D } from '../tensorflow.js';
import type { LabelledFeatures } from '../training/index.js';
import { unlessDiverged, type Outcomes } from '../training/pairedComparison.js';
import { trainPlainHead, type PlainHeadTraining } from '../training/plainHead.js';
import { temperedLosses } from './temperature.js';

/** Validation pictures in one product. */
const atOnce = 256;

export interface HeadTraining extends PlainHeadTraining {
  validation: LabelledFeatures;
}

/**
 * @returns what it makes of the validation pictures, with the losses at the head's best temperature; undefined for a head whose
 * training diverged
 * @throws GW_PREEMPTED when the signal is aborted
 */
export async function headOutcome(training: HeadTraining): Promise<Outcomes | undefined> {
  const { classes, validation } = training;
  const head = await trainPlainHead(training);
  if (head === undefined) return undefined;
  const logits = await logitsOf(validation, classes, head.weight, head.bias);
  const hits = Array.from(validation.labels, (label, index) => {
    return argMax(logits.subarray(index * classes, (index + 1) * classes)) === label;
  });
  return unlessDiverged({ correct: hits, losses: temperedLosses(logits, validation.labels) });
}

async function logitsOf(
  { features }: LabelledFeatures,
  classes: number,
  weight: Float32Array,
  bias: Float32Array,
): Promise<Float32Array> {
  const found = new Float32Array(features.count * classes);
  for (let start = 0; start < features.count; start += atOnce) {
    const indices = Array.from({ length: Math.min(atOnce, features.count - start) }, (_, index) => start + index);
    const batch = await features.batch(indices, new Uint8Array(indices.length));
    const logits = tf.tidy(() => {
      const weights = tf.tensor2d(weight, [classes, weight.length / classes]);
      return tf.add(tf.matMul(batch as Tensor2D, weights, false, true), tf.tensor1d(bias));
    });
    found.set(logits.dataSync<'float32'>(), start * classes);
    tf.dispose([batch, logits]);
    await setImmediate();
  }
  return found;
}
