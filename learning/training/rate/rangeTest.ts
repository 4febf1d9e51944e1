/** Learning rate range test (Smith 2017): a short training at a rate that rises from step to step, on a copy of the parameters. */
import type { ComputeDtype } from '../../../contracts/spec/computeSpec.js';
import type { RangeTest } from '../../../contracts/spec/stages/rangeTest.js';
import type { StagePlan } from '../../../contracts/spec/plan.js';
import type { NamedArrays } from '../../backbones/index.js';
import { Optimizer } from '../../optimizers/optimizer.js';
import { parameterGroups } from '../../optimizers/parameterGroups.js';
import { permutation } from '../../random.js';
import { proposeRate, smoothed, type RangePoint } from './proposeRate.js';
import type { LabelledFeatures } from '../stage/stageInput.js';
import { clipNormOf, type StageModel } from '../stage/stageModel.js';
import { lossTerms } from '../step/balancing.js';
import { TrainingSteps } from '../step/trainingStep.js';

/** Rates tried, in equal ratios, and the most images in a batch. A suffix's step takes a hundred times as long as a head's. */
const trials: Record<StagePlan['kind'], { from: number; to: number; steps: number; mostImages: number }> = {
  head: { from: 1e-5, to: 10, steps: 120, mostImages: 64 },
  fineTune: { from: 1e-6, to: 0.1, steps: 40, mostImages: 16 },
};

/** The test ends when the loss is so many times its beginning's: it will not come back. */
const diverged = 2.5;

export interface RangeTestInput {
  readonly stage: StagePlan;
  readonly model: StageModel;
  /** The stage's incoming parameters, in torch order; they stay as they are. */
  readonly parameters: NamedArrays;
  readonly train: LabelledFeatures;
  readonly seed: number;
  readonly atOnce: number;
  /** As the stage's. */
  readonly dtype: ComputeDtype | undefined;
  /** Awaited after each step. */
  readonly pause: () => Promise<void>;
}

/**
 * Finds a stage's peak rate. The same input gives the same rate: batches are drawn from the seed.
 * Weight decay, momentum, smoothing, clipping and the groups' shares of the rate are those of the stage. Pictures are not mixed, and no
 * branch is left out: both are noise on the curve.
 */
export async function rangeTest(input: RangeTestInput): Promise<RangeTest> {
  const { stage, model, train, seed } = input;
  const { from, to, steps, mostImages } = trials[stage.kind];
  const startedAt = performance.now();
  const { count } = train.features;
  const batchSize = Math.min(stage.training.batchSize, mostImages, count);
  using optimizer = new Optimizer(
    stage.training.optimizer,
    parameterGroups(model.trainable, (spec) => model.rateFactor(spec)),
    input.parameters,
    undefined,
    { steps, clipNorm: clipNormOf(stage) },
  );
  const terms = lossTerms(stage.training, train, model.classes);
  using trainingSteps = new TrainingSteps(model, optimizer, () => steps, input.dtype, terms);
  const batch = batches(count, batchSize, seed, stage.name);
  const points: RangePoint[] = [];
  for (let step = 0; step < steps; step++) {
    const indices = batch.next().value;
    const learningRate = from * (to / from) ** (step / (steps - 1));
    const loss = await trainingSteps.take({
      labels: Array.from(indices, (index) => train.labels[index] as number),
      features: (first, last) => train.features.batch(indices.subarray(first, last), new Uint8Array(last - first)),
      atOnce: Math.min(batchSize, input.atOnce),
      labelSmoothing: stage.training.labelSmoothing,
      rate: learningRate,
      step: step + 1,
    });
    points.push({ learningRate, loss });
    await input.pause();
    if (!(loss <= diverged * (points[0] as RangePoint).loss)) break;
  }
  const curve = smoothed(points);
  const digits = (value: number): number => Number(value.toPrecision(4));
  return {
    ...proposeRate(points),
    curve: points.flatMap(({ learningRate, loss }, index) =>
      Number.isFinite(loss)
        ? [{ learningRate: digits(learningRate), loss: digits(loss), smoothed: digits(curve[index] as number) }]
        : [],
    ),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** Whole batches, epoch after epoch, without end: a smaller last one would be noisier than the others. */
function* batches(count: number, size: number, seed: number, stage: string): Generator<Int32Array, never> {
  for (let epoch = 1; ; epoch++) {
    const order = Int32Array.from(permutation(count, seed, stage, 'range', epoch));
    for (let start = 0; start + size <= count; start += size) yield order.subarray(start, start + size);
  }
}
