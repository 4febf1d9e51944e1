import { toTensors, type NamedArrays } from '../../backbones/index.js';
import { tf, type Tensor, type Tensor1D } from '../../tensorflow.js';
import type { Outcomes } from './pairedComparison.js';
import type { LabelledFeatures } from '../stage/stageInput.js';
import type { StageModel } from '../stage/stageModel.js';
import { lossesOf } from '../step/loss.js';
import { rightLabels } from './rightLabels.js';

/**
 * What a network makes of view 0 of every image.
 * @param parameters those that train, in torch order
 * @param pause awaited after each batch
 */
export async function outcomes(
  { features, labels, sets }: LabelledFeatures,
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
        const truth = indices.map((index) => labels[index] as number);
        const scores = model.logits(trained, batch);
        return [rightLabels(truth, scores, sets), lossesOf(scores, truth, sets)];
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
