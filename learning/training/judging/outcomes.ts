import { toTensors, type NamedArrays } from '../../backbones/index.js';
import { tf, type Tensor, type Tensor1D } from '../../tensorflow.js';
import type { Outcomes } from './pairedComparison.js';
import type { LabelledFeatures } from '../stage/stageInput.js';
import type { StageModel } from '../stage/stageModel.js';

/**
 * What a network makes of view 0 of every image.
 * @param parameters those that train, in torch order
 * @param pause awaited after each batch
 */
export async function outcomes(
  { features, labels }: LabelledFeatures,
  model: StageModel,
  parameters: NamedArrays,
  batchSize: number,
  pause: () => Promise<void>,
): Promise<Outcomes> {
  const trained = toTensors(model.trainable, parameters);
  const correct: boolean[] = [];
  const losses: number[] = [];
  try {
    for (let start = 0; start < features.count; start += batchSize) {
      const indices = Array.from({ length: Math.min(batchSize, features.count - start) }, (_, i) => start + i);
      const batch = await features.batch(indices, new Uint8Array(indices.length));
      const [hits, each] = tf.tidy((): [Tensor, Tensor1D] => {
        const truth = tf.tensor1d(
          indices.map((index) => labels[index] as number),
          'int32',
        );
        const scores = model.logits(trained, batch);
        const likelihood = tf.sum<Tensor1D>(tf.mul(tf.logSoftmax(scores), tf.oneHot(truth, scores.shape[1])), 1);
        return [tf.equal(tf.argMax(scores, 1), truth), tf.neg(likelihood)];
      });
      correct.push(...Array.from(await hits.data(), Boolean));
      losses.push(...(await each.data()));
      tf.dispose([batch, hits, each]);
      await pause();
    }
  } finally {
    tf.dispose(trained);
  }
  return { correct, losses };
}
