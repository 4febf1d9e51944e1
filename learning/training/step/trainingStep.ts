/** One training step: forward, backward, update. */
import type { ComputeDtype } from '../../../contracts/spec/computeSpec.js';
import { CompiledFunction } from '../../graphs/compiledFunction.js';
import type { NamedInputs } from '../../graphs/recordedGraph.js';
import type { Optimizer } from '../../optimizers/optimizer.js';
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../../tensorflow.js';
import type { StageModel } from '../stage/stageModel.js';
import type { LossTerms } from './balancing.js';
import { lossOf, numberOf, targetsOf, type Partners } from './loss.js';

/** The images of a step. */
export interface Batch {
  /** Class index of each image of the batch. */
  readonly labels: readonly number[];
  /** Of mixed images. */
  readonly partners?: Partners;
  /** Features of the batch's images from `from` to before `to`; disposed of here. */
  readonly features: (from: number, to: number) => Promise<Tensor>;
  /**
   * Images in one pass. A larger batch goes through in parts whose gradients are added up, each weighted by its share of
   * the batch: the mean over the whole batch, up to float rounding, in the memory of a part.
   */
  readonly atOnce: number;
  readonly labelSmoothing: number;
  /** What residual branches are multiplied by, see `drawKept`. @default they are taken as they are */
  readonly kept?: ((from: number, to: number) => Tensor2D) | undefined;
}

export interface TrainingStep extends Batch {
  readonly rate: number;
  /** Counted from 1. */
  readonly step: number;
}

interface LossAndGradients {
  /** Mean over the images. */
  readonly loss: number;
  /** A vector for each of the optimizer's groups; owned by the caller. */
  readonly gradients: Tensor1D[];
}

/** The steps of a stage. Owns the graphs that they run as: call `dispose`, or declare it with `using`. */
export class TrainingSteps {
  private readonly lossAndGradients: CompiledFunction;

  /**
   * @param passes about how many passes of so many images there are in all, see `CompiledFunction`
   * @param dtype number format of dense convolutions, forward and backward; losses, gradients and parameters are float32
   * @param terms of the loss @default plain cross-entropy
   */
  constructor(
    private readonly model: StageModel,
    private readonly optimizer: Optimizer,
    passes: (images: number) => number,
    dtype: ComputeDtype = 'float32',
    private readonly terms: LossTerms = {},
  ) {
    this.lossAndGradients = new CompiledFunction(
      (inputs) => this.differentiated(inputs),
      ({ features }) => passes(features?.shape[0] ?? 0),
      { dtype },
    );
  }

  /** @returns the batch's mean loss in nats; when it is not finite, nothing was updated */
  async take({ rate, step, ...batch }: TrainingStep): Promise<number> {
    const { loss, gradients } = await this.gradients(batch);
    if (Number.isFinite(loss)) this.optimizer.step(gradients, rate, step);
    tf.dispose(gradients);
    return loss;
  }

  /** Mean loss of a batch and its gradients; see {@link Batch.atOnce}. */
  async gradients({ labels, partners, features, atOnce, labelSmoothing, kept }: Batch): Promise<LossAndGradients> {
    const { length: count } = labels;
    let sum: LossAndGradients | undefined;
    for (let from = 0; from < count; from += atOnce) {
      const to = Math.min(count, from + atOnce);
      const images = await features(from, to);
      const others = partners && { ...partners, labels: partners.labels.slice(from, to) };
      const targets = targetsOf(labels.slice(from, to), this.model.classes, labelSmoothing, others, this.terms);
      const part = await this.ofPass(images, targets, kept?.(from, to));
      // One part is the batch: nothing is weighted, so that its numbers are exactly those of a batch without parts.
      sum = to - from === count ? part : weighted(sum, part, (to - from) / count);
    }
    if (sum === undefined) throw new RangeError('a batch has at least one image');
    return sum;
  }

  dispose(): void {
    this.lossAndGradients.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Disposes of its arguments. */
  private async ofPass(features: Tensor, targets: Tensor2D, kept?: Tensor2D): Promise<LossAndGradients> {
    const vectors = numbered('parameters', this.optimizer.vectors);
    const constants = numbered('constant', this.model.constants);
    const { adjustment } = this.terms;
    const added = {
      ...(adjustment === undefined ? {} : { adjustment: tf.tensor1d([...adjustment]) }),
      ...(kept === undefined ? {} : { kept }),
    };
    const [value, ...gradients] = this.lossAndGradients.run({ features, targets, ...added, ...vectors, ...constants });
    const loss = await numberOf(value as Scalar);
    tf.dispose([value, features, targets, ...Object.values(added)]);
    return { loss, gradients: gradients as Tensor1D[] };
  }

  private differentiated({ features, targets, adjustment, kept, ...others }: NamedInputs): Tensor[] {
    const vectors = Object.entries(others).flatMap(([name, tensor]) => (isParameters(name) ? [tensor] : []));
    const { value, grads } = tf.valueAndGrads((...parameters: Tensor[]): Scalar => {
      const trained = this.optimizer.unpacked(parameters as Tensor1D[]);
      const logits = this.model.logits(trained, features as Tensor, kept as Tensor2D | undefined);
      const adjusted = adjustment === undefined ? logits : tf.add<Tensor2D>(logits, adjustment);
      return lossOf(adjusted, targets as Tensor2D, this.terms);
    })(vectors);
    return [value, ...grads];
  }
}

const isParameters = (name: string): boolean => name.startsWith('parameters');

function numbered(kind: 'parameters' | 'constant', tensors: readonly Tensor[]): NamedInputs {
  return Object.fromEntries(tensors.map((tensor, at) => [`${kind}${at}`, tensor]));
}

/** `sum` + share · `part`; both are disposed of. */
function weighted(sum: LossAndGradients | undefined, part: LossAndGradients, share: number): LossAndGradients {
  const gradients = tf.tidy(() =>
    part.gradients.map((gradient, at) => {
      const scaled = tf.mul<Tensor1D>(gradient, share);
      const before = sum?.gradients[at];
      return before === undefined ? scaled : tf.add<Tensor1D>(before, scaled);
    }),
  );
  tf.dispose([...part.gradients, ...(sum?.gradients ?? [])]);
  return { loss: (sum?.loss ?? 0) + share * part.loss, gradients };
}
