import type { Optimizer } from '../optimizers/optimizer.js';
import { tf, type Tensor } from '../tensorflow.js';
import { crossEntropy, numberOf } from './loss.js';
import type { StageModel } from './stageModel.js';

export interface TrainingStep {
  /** Features of the batch; disposed of here. */
  readonly batch: Tensor;
  /** Class index of each image. */
  readonly labels: ArrayLike<number>;
  readonly labelSmoothing: number;
  readonly rate: number;
  /** Counted from 1. */
  readonly step: number;
}

/**
 * Forward, backward, update.
 * @returns the batch's mean loss in nats; when it is not finite, nothing was updated
 */
export async function trainingStep(
  model: StageModel,
  optimizer: Optimizer,
  { batch, labels, labelSmoothing, rate, step }: TrainingStep,
): Promise<number> {
  const names = Object.keys(optimizer.parameters);
  const truth = tf.tensor1d(Array.from(labels), 'int32');
  const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) => {
    const parameters = Object.fromEntries(names.map((name, index) => [name, tensors[index] as Tensor]));
    return crossEntropy(model.logits(parameters, batch), truth, labelSmoothing);
  })(Object.values(optimizer.parameters));
  const loss = await numberOf(value);
  if (Number.isFinite(loss)) {
    optimizer.step(Object.fromEntries(names.map((name, index) => [name, grads[index] as Tensor])), rate, step);
  }
  tf.dispose([value, ...grads, truth, batch]);
  return loss;
}
