import { tf, type Scalar, type Tensor, type Tensor2D } from '../../tensorflow.js';
import { crossEntropy, numberOf, targetsOf } from '../step/loss.js';
import type { LabelledFeatures, Validation } from '../stage/stageInput.js';

/**
 * Top-1 and loss of a model on view 0 of every image.
 * @param pause awaited after each batch
 */
export async function validate(
  { features, labels }: LabelledFeatures,
  logits: (batch: Tensor) => Tensor2D,
  batchSize: number,
  pause: () => Promise<void>,
): Promise<Validation> {
  let correct = 0;
  let lossSum = 0;
  const batchFrom = (start: number): number[] => {
    const indices = Array.from(
      { length: Math.max(0, Math.min(batchSize, features.count - start)) },
      (_, i) => start + i,
    );
    features.prefetch?.(indices, new Uint8Array(indices.length));
    return indices;
  };
  let next = batchFrom(0);
  for (let start = 0; start < features.count; start += batchSize) {
    const indices = next;
    next = batchFrom(start + batchSize);
    const batch = await features.batch(indices, new Uint8Array(indices.length));
    const [hits, loss] = tf.tidy((): [Scalar, Scalar] => {
      const truth = indices.map((index) => labels[index] as number);
      const scores = logits(batch);
      const hits = tf.equal(tf.argMax(scores, 1), tf.tensor1d(truth, 'int32'));
      return [tf.sum(hits.toInt()), crossEntropy(scores, targetsOf(truth, scores.shape[1]))];
    });
    correct += await numberOf(hits);
    lossSum += (await numberOf(loss)) * indices.length;
    tf.dispose([batch, hits, loss]);
    await pause();
  }
  return { top1: correct / features.count, loss: lossSum / features.count };
}
