/** The heads of all folds in one training: each picture of a batch teaches those that are to learn from it. */
import { setImmediate } from 'node:timers/promises';
import { GraftworkError } from '../../../contracts/errors.js';
import type { LabelSets } from '../../../contracts/data/labelSets.js';
import type { HeadSpec } from '../../../contracts/spec/stages/stageSpec.js';
import {
  classifierStage,
  toArrays,
  type NamedArray,
  type NamedArrays,
  type ParameterSpec,
} from '../../backbones/index.js';
import { CompiledFunction } from '../../graphs/compiledFunction.js';
import type { NamedInputs } from '../../graphs/recordedGraph.js';
import { Optimizer } from '../../optimizers/optimizer.js';
import { parameterGroups } from '../../optimizers/parameterGroups.js';
import { permutation } from '../../random.js';
import { learningRate } from '../../schedules/learningRate.js';
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from '../../tensorflow.js';
import type { LossTerms } from '../../training/step/balancing.js';
import { targetsOf, numberOf } from '../../training/step/loss.js';
import type { PlainHead } from '../../training/heads/plainHead.js';
import type { LabelledFeatures } from '../../training/index.js';

export interface HeadsOfFolds {
  classes: number;
  /** Batch size: pictures that a head learns from in a step, about. The learning rate is a number. */
  head: HeadSpec & { learningRate: number };
  /** Pooled features. */
  train: LabelledFeatures;
  /** The fold of each picture, 0 … `folds` − 1: its head does not learn from it. */
  foldOf: ArrayLike<number>;
  /** ≥ 2 */
  folds: number;
  seed: number;
  /** Called for each step, with its images. */
  onStep?: (images: number, done: number, total: number) => void;
  signal: AbortSignal;
}

/**
 * Cross-entropy of plain heads that begin at zero; binary cross-entropy of pictures with several labels. A head's gradient has the pictures of its own fold masked, so that it is what a
 * training of this head alone gives on the batches without them: one step of all takes hardly longer than one of a single head.
 *
 * @returns for each fold the head that did not learn from it; undefined where training diverged
 * @throws GraftworkError GW_PREEMPTED when the signal is aborted
 */
export async function trainHeadsOfFolds(training: HeadsOfFolds): Promise<PlainHead[] | undefined> {
  const { classes, head, train, folds, onStep, signal } = training;
  const specs = parametersOf(folds * classes, train.features.shape[0] ?? 0);
  const { batchSize, stepsPerEpoch, totalSteps } = lengthOf(training);
  const { schedule, warmupEpochs, learningRate: peak } = head;
  const length = { peak, warmupSteps: warmupEpochs * stepsPerEpoch, totalSteps, stepsPerEpoch };
  const groups = parameterGroups(specs, () => 1);
  using optimizer = new Optimizer(head.optimizer, groups, zeros(specs), undefined, { steps: totalSteps });
  using compiled = new CompiledFunction(
    (inputs) => lossAndGradients(inputs, optimizer, [folds, classes], train.sets !== undefined),
    () => totalSteps,
  );
  for (let step = 0; step < totalSteps; step += 1) {
    const batch = await batchOf(training, step * batchSize, batchSize);
    const vectors = Object.fromEntries(optimizer.vectors.map((vector, at) => [`parameters${at}`, vector]));
    const [value, ...gradients] = compiled.run({ ...batch, ...vectors });
    const loss = await numberOf(value as Scalar);
    const rate = learningRate(schedule, length, step, []);
    if (Number.isFinite(loss)) optimizer.step(gradients as Tensor1D[], rate, step + 1);
    tf.dispose([...Object.values(batch), value, ...gradients]);
    if (!Number.isFinite(loss)) return undefined;
    onStep?.(batchSize, step + 1, totalSteps);
    await setImmediate();
    if (signal.aborted) throw stopped(step + 1);
  }
  const trained = await toArrays(specs, optimizer.parameters);
  const part = (name: string, fold: number): Float32Array => {
    const { data } = trained.get(name) as NamedArray;
    return data.slice((fold * data.length) / folds, ((fold + 1) * data.length) / folds);
  };
  return Array.from({ length: folds }, (_, fold) => ({ weight: part('weight', fold), bias: part('bias', fold) }));
}

/** Pictures in a step: those that a head has masked come on top. */
function lengthOf({ head, train, folds }: HeadsOfFolds): Record<'batchSize' | 'stepsPerEpoch' | 'totalSteps', number> {
  const { count } = train.features;
  const batchSize = Math.min(count, Math.round((head.batchSize * folds) / (folds - 1)));
  const stepsPerEpoch = Math.ceil(count / batchSize);
  return { batchSize, stepsPerEpoch, totalSteps: head.epochs * stepsPerEpoch };
}

/** All heads side by side, as one linear layer in torch order. */
function parametersOf(outputs: number, channels: number): ParameterSpec[] {
  return [
    { name: 'weight', shape: [outputs, channels], kind: 'linear.weight', stage: classifierStage },
    { name: 'bias', shape: [outputs], kind: 'linear.bias', stage: classifierStage },
  ];
}

function zeros(specs: readonly ParameterSpec[]): NamedArrays {
  const size = (shape: readonly number[]): number => shape.reduce((product, edge) => product * edge, 1);
  return new Map(specs.map(({ name, shape }) => [name, { shape, data: new Float32Array(size(shape)) }]));
}

/** Pictures from a position on, in one random order of all after the other: every batch is full. */
async function batchOf(
  { train: { features, labels, sets }, classes, head, foldOf, folds, seed }: HeadsOfFolds,
  from: number,
  size: number,
): Promise<{ features: Tensor; targets: Tensor2D; shares: Tensor2D }> {
  const { count } = features;
  const orders = new Map<number, Int32Array>();
  const picture = (position: number): number => {
    const pass = Math.floor(position / count);
    const order = orders.get(pass) ?? permutation(count, seed, 'heads of folds', pass);
    orders.set(pass, order);
    return order[position % count] as number;
  };
  const indices = Int32Array.from({ length: size }, (_, at) => picture(from + at));
  const own = Array.from(indices, (index) => labels[index] as number);
  const learning = tf.tidy(() => {
    const heldIn = tf.oneHot(tf.tensor1d(Int32Array.from(indices, (index) => foldOf[index] as number)), folds);
    const learns = tf.sub<Tensor2D>(1, tf.cast(heldIn, 'float32'));
    return tf.div<Tensor2D>(learns, tf.maximum(tf.sum(learns, 0), 1));
  });
  return {
    features: await features.batch(indices, new Uint8Array(size)),
    targets: targetsOf(own, classes, head.labelSmoothing, undefined, multiLabelTerms(sets)),
    shares: learning,
  };
}

function multiLabelTerms(sets: LabelSets | undefined): Pick<LossTerms, 'multiLabel'> {
  return sets === undefined ? {} : { multiLabel: { sets, loss: 'binary-cross-entropy' } };
}

/**
 * The sum of the heads' losses, and its gradients.
 * @param inputs features [batch, channels]; targets [batch, classes]; shares of the pictures in each head's mean, [batch, folds]
 */
function lossAndGradients(
  { features, targets, shares, ...vectors }: NamedInputs,
  optimizer: Optimizer,
  [folds, classes]: readonly [number, number],
  isMultiLabel: boolean,
): Tensor[] {
  const { value, grads } = tf.valueAndGrads((...parameters: Tensor[]): Scalar => {
    const { weight, bias } = optimizer.unpacked(parameters as Tensor1D[]) as Record<'weight' | 'bias', Tensor2D>;
    const logits = tf.add(tf.matMul(features as Tensor2D, weight), bias).reshape<Tensor3D>([-1, folds, classes]);
    const wanted = tf.reshape(targets as Tensor2D, [-1, 1, classes]);
    const terms = isMultiLabel
      ? tf.sub(tf.softplus(logits), tf.mul(wanted, logits))
      : tf.neg(tf.mul(wanted, tf.logSoftmax(logits)));
    const losses = tf.sum(terms, 2);
    return tf.sum<Scalar>(tf.mul(losses, shares as Tensor2D));
  })(Object.values(vectors));
  return [value, ...grads];
}

function stopped(step: number): GraftworkError {
  return new GraftworkError('GW_PREEMPTED', `Training of heads in folds was stopped after step ${step}.`, {
    remedy: 'It begins again when it is started again.',
    retryable: true,
  });
}
