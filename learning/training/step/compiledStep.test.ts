import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families } from '../../../test/fixtures/families.js';
import { adapterSchema } from '../../../contracts/spec/stages/adapterSpec.js';
import type { ComputeDtype } from '../../../contracts/spec/computeSpec.js';
import type { OptimizerSpec } from '../../../contracts/spec/stages/optimizerSpec.js';
import type { StagePlan } from '../../../contracts/spec/plan.js';
import type { FineTuneTraining } from '../../../contracts/spec/stages/stageSpec.js';
import { recipes } from '../../../contracts/spec/recipes.js';
import { croppedInput, visionTransformer } from '../../backbones/networks/vit/visionTransformer.js';
import { activationShape, adaptedLayers, getBackbone, stageIndex, type Backbone } from '../../backbones/index.js';
import { Optimizer } from '../../optimizers/optimizer.js';
import { parameterGroups } from '../../optimizers/parameterGroups.js';
import { withEpochs } from '../../schedules/epochCount.js';
import { tf, type Tensor1D } from '../../tensorflow.js';
import { formulaParameters } from '../../weights/formula.js';
import { initialHead } from '../heads/initialHead.js';
import { withInitialAdapters } from '../stage/stageAdapters.js';
import { clipNormOf, StageModel } from '../stage/stageModel.js';
import { lossTerms, type LossTerms } from './balancing.js';
import { drawKept } from './dropPath.js';
import { TrainingSteps } from './trainingStep.js';

const classes = 3;
const labels = [0, 1, 2, 0, 1];
const adamw: OptimizerSpec = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

interface Trained {
  losses: number[];
  /** Parameters before the steps, and after them. */
  initial: Float32Array[];
  vectors: Float32Array[];
}

interface TrainOptions {
  atOnce?: number;
  dtype?: ComputeDtype;
  terms?: LossTerms;
  /** Of the map at the cut. @default what the last stages of Inception take at least, odd */
  size?: number;
  /** Height of the map at the cut, where it is not square: 1 for a sequence. */
  rows?: number;
  /** How many stages train. */
  stages?: number;
  training?: Partial<FineTuneTraining>;
}

/** Some steps of the stage that the backbone's last stages are fine-tuned in. @param calls as `CompiledFunction` asks for */
async function train(
  backbone: Backbone,
  optimizerSpec: OptimizerSpec,
  calls: number,
  { atOnce = 5, dtype, terms, size = 11, rows = size, stages = 2, training }: TrainOptions = {},
): Promise<Trained> {
  const [recipe] = recipes.default.fineTune;
  assert.ok(recipe);
  const trainable = backbone.stages.slice(-stages).map(({ name }) => name);
  const cut = backbone.stages[stageIndex(backbone, trainable[0] as string) - 1]?.name ?? '';
  const adapted =
    training?.adapter &&
    adaptedLayers(backbone, { stages: trainable, parameters: undefined }, training.adapter).adapted;
  const stage: StagePlan = {
    ...{ kind: 'fineTune', name: 'fine-tune-1', trainable, cut },
    training: { ...withEpochs(recipe, 1), ...training },
    ...(adapted && { adapted: [...adapted] }),
  };
  const whole = new Map([...formulaParameters(backbone), ...initialHead(backbone, classes)]);
  const { parameters } = withInitialAdapters({ stage, backbone, parameters: whole, seed: 3 });
  using model = new StageModel(stage, backbone, classes, parameters, cut);
  const groups = parameterGroups(model.trainable, (spec) => model.rateFactor(spec));
  using optimizer = new Optimizer(optimizerSpec, groups, parameters, undefined, {
    steps: calls,
    clipNorm: clipNormOf(stage),
  });
  using steps = new TrainingSteps(model, optimizer, () => calls, dtype, terms);
  const { c } = activationShape(backbone, cut);
  const losses: number[] = [];
  const vectorsNow = (): Float32Array[] =>
    optimizer.vectors.map((vector: Tensor1D) => vector.dataSync<'float32'>().slice());
  const initial = vectorsNow();
  for (let step = 1; step <= 3; step++) {
    const features = (from: number, to: number) =>
      Promise.resolve(
        tf.tidy(() => tf.randomUniform([5, rows, size, c], 0, 1, 'float32', step).slice([from], [to - from])),
      );
    const kept = drawKept(model.droppable, 0, stage.name, step);
    losses.push(await steps.take({ labels, features, atOnce, labelSmoothing: 0.1, kept, rate: 1e-3, step }));
  }
  return { losses, initial, vectors: vectorsNow() };
}

const worst = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] as number))), 0);

/** The same up to rounding: a step is as long as the rate, whatever the gradient, so its sign may turn where it is about zero. */
function assertAlike(actual: Trained, expected: Trained, what: string): void {
  for (const [at, loss] of expected.losses.entries()) {
    assert.ok(Math.abs((actual.losses[at] as number) - loss) < 1e-4 * Math.max(1, loss), `${what}: loss ${at}`);
  }
}

test('the compiled steps of every family are those that run operation by operation', async () => {
  const sgd: OptimizerSpec = { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1e-4 };
  // VGG is large, transformers have a test of their own; operations of MobileNetV3 and ConvNeXt V2 are those of other families.
  for (const name of families.filter((family) => !/^(vgg|vit|mobilenetv3|convnextv2)/.test(family))) {
    const backbone = getBackbone(name);
    const plain = await train(backbone, sgd, 0);
    const compiled = await train(backbone, sgd, Infinity);
    assertAlike(compiled, plain, name);
    for (const [at, vector] of plain.vectors.entries()) {
      const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const difference = worst(compiled.vectors[at] as Float32Array, vector);
      assert.ok(difference <= 1e-5 * largest + 1e-6, `${name}, group ${at}: ${difference} of ${largest}`);
    }
  }
});

test('the compiled steps of a transformer’s last blocks, and of adapters in them, are those that run operation by operation, in bfloat16 up to its rounding', async () => {
  const sgd: OptimizerSpec = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 };
  const transformer = visionTransformer({
    ...{ name: 'small', input: croppedInput(12, 1, 'half'), weights: undefined, licence: 'MIT' as const },
    ...{ imagenetTop1: undefined, parameterCount: undefined },
    transformer: { patch: 4, width: 16, depth: 3, heads: 2, registers: 1, layerScale: 'ls', positions: { grid: 3 } },
  });
  const suffix = { rows: 1, size: 11, stages: 4 };
  const plain = await train(transformer, sgd, 0, suffix);
  const compiled = await train(transformer, sgd, Infinity, suffix);
  assertAlike(compiled, plain, 'transformer');
  assert.ok(relativeError(compiled, plain) < 1e-4);
  const low = await train(transformer, sgd, Infinity, { ...suffix, dtype: 'bfloat16' });
  const error = relativeError(low, plain);
  assert.ok(error < 0.03, `off by ${error}`);

  // With drop path, rate decay and clipping as well, also where the batch goes through in parts.
  const tensors = tf.memory().numTensors;
  const tuned = { ...suffix, training: { layerDecay: 0.7, dropPath: 0.5, clipNorm: 0.1 } };
  const dropped = await train(transformer, sgd, 0, tuned);
  assert.notDeepEqual(dropped.losses, plain.losses);
  assert.ok(relativeError(await train(transformer, sgd, Infinity, tuned), dropped) < 1e-4);
  assert.ok(relativeError(await train(transformer, sgd, 0, { ...tuned, atOnce: 2 }), dropped) < 1e-4);
  const inParts = await train(transformer, sgd, Infinity, { ...tuned, atOnce: 2 });
  assert.deepEqual(await train(transformer, sgd, Infinity, { ...tuned, atOnce: 2 }), inParts);
  assert.ok(relativeError(inParts, dropped) < 1e-4);
  assert.ok(relativeError(await train(transformer, sgd, 0, { ...tuned, dtype: 'bfloat16' }), dropped) < 0.03);

  // Adapters of all linear layers, in place of the blocks.
  const adapter = adapterSchema.parse({ kind: 'lora', rank: 4, targets: 'all-linear' });
  const adapting = { ...suffix, training: { adapter } };
  const adapted = await train(transformer, sgd, 0, adapting);
  assert.ok(relativeError(await train(transformer, sgd, Infinity, adapting), adapted) < 1e-4);
  assert.ok(relativeError(await train(transformer, sgd, 0, { ...adapting, dtype: 'bfloat16' }), adapted) < 0.03);
  assert.equal(tf.memory().numTensors, tensors);
});

test('compiled steps give the same bytes each time, in whole batches and in parts, and leave nothing behind', async () => {
  const backbone = getBackbone('efficientnet_lite0');
  const tensors = tf.memory().numTensors;
  for (const atOnce of [5, 2]) {
    const first = await train(backbone, adamw, Infinity, { atOnce });
    assert.deepEqual(await train(backbone, adamw, Infinity, { atOnce }), first);
    assertAlike(first, await train(backbone, adamw, 0, { atOnce }), `${atOnce} at once`);
  }
  assert.equal(tf.memory().numTensors, tensors);
});

test('compiled steps balance classes as those that run operation by operation', async () => {
  const backbone = getBackbone('efficientnet_lite0');
  const tensors = tf.memory().numTensors;
  const usual = await train(backbone, adamw, 0, { size: 3 });
  for (const method of ['class-weights', 'logit-adjustment', 'focal'] as const) {
    const terms = lossTerms({ imbalance: method }, { labels: [0, 0, 0, 0, 1, 2] }, classes);
    const plain = await train(backbone, adamw, 0, { size: 3, terms, atOnce: 2 });
    assertAlike(await train(backbone, adamw, Infinity, { size: 3, terms }), plain, method);
    assert.notDeepEqual(plain.losses, usual.losses);
  }
  assert.equal(tf.memory().numTensors, tensors);
});

test('compiled steps of a multi-label task are those that run operation by operation, with either loss', async () => {
  const backbone = getBackbone('efficientnet_lite0');
  const tensors = tf.memory().numTensors;
  const sets = [[0, 2], [1], []];
  for (const loss of ['binary-cross-entropy', 'asymmetric'] as const) {
    const terms = lossTerms({ loss }, { labels, sets }, classes);
    const plain = await train(backbone, adamw, 0, { size: 3, terms, atOnce: 2 });
    assertAlike(await train(backbone, adamw, Infinity, { size: 3, terms }), plain, loss);
  }
  assert.equal(tf.memory().numTensors, tensors);
});

/** How far the steps went wrong, as a share of how far they went. */
function relativeError(actual: Trained, expected: Trained): number {
  let [wrong, length] = [0, 0];
  for (const [at, vector] of expected.vectors.entries()) {
    const [other, before] = [actual.vectors[at] as Float32Array, expected.initial[at] as Float32Array];
    for (const [i, value] of vector.entries()) {
      wrong += ((other[i] as number) - value) ** 2;
      length += (value - (before[i] as number)) ** 2;
    }
  }
  return Math.sqrt(wrong / length);
}

test('steps in bfloat16 are those in float32 up to its rounding, the same bytes each time, and leave nothing behind', async () => {
  const sgd: OptimizerSpec = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 };
  const tensors = tf.memory().numTensors;
  for (const name of ['resnet18', 'efficientnet_lite0']) {
    const backbone = getBackbone(name);
    const full = await train(backbone, sgd, 0, { size: 5 });
    const inBfloat16 = (): Promise<Trained> => train(backbone, sgd, 0, { size: 5, dtype: 'bfloat16' });
    const low = await inBfloat16();
    assertAlike(low, full, name);
    assert.notDeepEqual(low.vectors, full.vectors);
    const error = relativeError(low, full);
    assert.ok(error < 0.02, `${name}: the change of the parameters is off by ${error}`);
    assert.deepEqual(await inBfloat16(), low);
  }
  assert.equal(tf.memory().numTensors, tensors);
});
