import type { Optimizer } from '../../optimizers/optimizer.js';
import { tf, type Scalar, type Tensor } from '../../tensorflow.js';
import { crossEntropy, numberOf } from './loss.js';
import type { StageModel } from '../stage/stageModel.js';

export interface TrainingStep {
  /** Class index of each image of the batch. */
  readonly labels: ArrayLike<number>;
  /** Of mixed images: the class of what is mixed into each, and its share of the image and of the target. */
  readonly partners?: { readonly labels: readonly number[]; readonly share: number };
  /** Features of the batch's images from `from` to before `to`; disposed of here. */
  readonly features: (from: number, to: number) => Promise<Tensor>;
  /**
   * Images in one pass. A larger batch goes through in parts whose gradients are added up, each weighted by its share of
   * the batch: the mean over the whole batch, up to float rounding, in the memory of a part.
   */
  readonly atOnce: number;
  readonly labelSmoothing: number;
  readonly rate: number;
  /** Counted from 1. */
  readonly step: number;
}

interface LossAndGradients {
  /** Mean over the images. */
  readonly loss: number;
  /** By parameter name; owned by the caller. */
  readonly gradients: Record<string, Tensor>;
}

/**
 * Forward, backward, update.
 * @returns the batch's mean loss in nats; when it is not finite, nothing was updated
 */
export async function trainingStep(model: StageModel, optimizer: Optimizer, step: TrainingStep): Promise<number> {
  const { loss, gradients } = await batchGradients(model, optimizer.parameters, step);
  if (Number.isFinite(loss)) optimizer.step(gradients, step.rate, step.step);
  tf.dispose(gradients);
  return loss;
}

/** Mean loss of a batch and its gradients; see {@link TrainingStep.atOnce}. */
export async function batchGradients(
  model: StageModel,
  parameters: Readonly<Record<string, Tensor>>,
  {
    labels,
    partners,
    features,
    atOnce,
    labelSmoothing,
  }: Pick<TrainingStep, 'labels' | 'partners' | 'features' | 'atOnce' | 'labelSmoothing'>,
): Promise<LossAndGradients> {
  const { length: count } = labels;
  const truth = Array.from(labels);
  let sum: LossAndGradients | undefined;
  for (let from = 0; from < count; from += atOnce) {
    const to = Math.min(count, from + atOnce);
    const part = await partGradients(
      model,
      parameters,
      await features(from, to),
      truth.slice(from, to),
      labelSmoothing,
      partners && { ...partners, labels: partners.labels.slice(from, to) },
    );
    // One part is the batch: nothing is weighted, so that its numbers are exactly those of a batch without parts.
    sum = to - from === count ? part : weighted(sum, part, (to - from) / count);
  }
  if (sum === undefined) throw new RangeError('a batch has at least one image');
  return sum;
}

async function partGradients(
  model: StageModel,
  parameters: Readonly<Record<string, Tensor>>,
  batch: Tensor,
  labels: number[],
  labelSmoothing: number,
  partners: TrainingStep['partners'],
): Promise<LossAndGradients> {
  const names = Object.keys(parameters);
  const truth = tf.tensor1d(labels, 'int32');
  const mixed = partners && { labels: tf.tensor1d([...partners.labels], 'int32'), share: partners.share };
  const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]): Scalar => {
    const named = Object.fromEntries(names.map((name, index) => [name, tensors[index] as Tensor]));
    return crossEntropy(model.logits(named, batch), truth, labelSmoothing, mixed);
  })(Object.values(parameters));
  const loss = await numberOf(value);
  tf.dispose([value, truth, batch, ...(mixed ? [mixed.labels] : [])]);
  return { loss, gradients: Object.fromEntries(names.map((name, index) => [name, grads[index] as Tensor])) };
}

/** `sum` + share · `part`; both are disposed of. */
function weighted(sum: LossAndGradients | undefined, part: LossAndGradients, share: number): LossAndGradients {
  const gradients = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(part.gradients).map(([name, gradient]): [string, Tensor] => {
        const scaled = tf.mul(gradient, share);
        const before = sum?.gradients[name];
        return [name, before === undefined ? scaled : tf.add(before, scaled)];
      }),
    ),
  );
  tf.dispose([part.gradients, ...(sum === undefined ? [] : [sum.gradients])]);
  return { loss: (sum?.loss ?? 0) + share * part.loss, gradients };
}
