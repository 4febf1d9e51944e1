/** A small stage with everything a real one has, for tests of training: three classes, a network of three stages. */
import assert from 'node:assert/strict';
import { recipes } from '../../contracts/recipes.js';
import type { StagePlan } from '../../contracts/plan.js';
import type { FineTuneSpec } from '../../contracts/runSpec.js';
import type { Epoch } from '../../contracts/training.js';
import { declareParameters, getBackbone, type Backbone, type NamedArrays, type Stage } from '../backbones/index.js';
import { FeaturesInMemory, type FeatureSource } from '../features/index.js';
import { normal, randomBits } from '../random.js';
import { initialHead, type CheckpointStore, type StageInput, type TrainingState } from './index.js';

export const [classes, trainCount, validationCount, views, batchSize] = [3, 22, 12, 3, 8];
export const stepsPerEpoch = Math.ceil(trainCount / batchSize);

/** Three stages with everything a real backbone has: strides, depthwise filters, batch normalisation, a shortcut. */
const stages: Stage[] = [
  {
    name: 'stem',
    run: (ops, x) => ops.conv(x, { name: 'stem', out: 6, kernel: 3, stride: 2, padding: 'same', ...norm('stem_bn') }),
  },
  {
    name: 'middle',
    run: (ops, x) =>
      ops.add(x, ops.conv(x, { name: 'dw', out: 6, kernel: 3, padding: 'same', depthwise: true, ...norm('dw_bn') })),
  },
  { name: 'top', run: (ops, x) => ops.conv(x, { name: 'top', out: 8, kernel: 1, padding: 'same', ...norm('top_bn') }) },
];
function norm(name: string) {
  return { batchNorm: { name, epsilon: 1e-3 }, activation: 'relu6' } as const;
}
export const backbone: Backbone = { ...getBackbone('efficientnet_lite0'), name: 'small', stages, featureSize: 8 };

/** Weights and statistics of every stage, and a new head. */
export function initialParameters(): NamedArrays {
  const body = declareParameters(backbone, classes)
    .filter(({ stage }) => stage !== 'classifier')
    .map(({ name, shape, kind }) => {
      const size = shape.reduce((product, edge) => product * edge, 1);
      const positive = kind === 'bn.running_var' || kind === 'bn.weight';
      const value = (i: number) => (positive ? 1 + (randomBits(name, i) % 100) / 200 : 0.4 * normal(name, i));
      return [name, { shape, data: Float32Array.from({ length: size }, (_, i) => value(i)) }] as const;
    });
  return new Map([...body, ...initialHead(backbone, classes)]);
}

/** Noise with a bright channel that depends on the class: what stem gives, [4, 4, 6]. */
export function activations(count: number, viewCount: number, key: string): FeatureSource {
  const size = 4 * 4 * 6;
  const data = Float32Array.from({ length: count * viewCount * size }, (_, i) => {
    const label = Math.floor(i / size / viewCount) % classes;
    return Math.abs(normal(key, i)) + (i % 6 === label ? 1.5 : 0);
  });
  const half = Math.floor(count / 2);
  const row = viewCount * size;
  return new FeaturesInMemory([4, 4, 6], viewCount, [
    { start: half, count: count - half, data: data.subarray(half * row) },
    { start: 0, count: half, data: data.subarray(0, half * row) },
  ]);
}

export const labels = (count: number) => Int32Array.from({ length: count }, (_, i) => i % classes);
export const train = { features: activations(trainCount, views, 'train'), labels: labels(trainCount) };
export const validation = { features: activations(validationCount, 1, 'validation'), labels: labels(validationCount) };

export function plan(training: Partial<FineTuneSpec> = {}, trainable = ['middle', 'top']): StagePlan {
  const [recipe] = recipes.default.fineTune;
  assert.ok(recipe);
  return {
    kind: 'fineTune',
    name: 'fine-tune-1',
    training: { ...recipe, epochs: 4, batchSize, learningRate: 0.02, ...training },
    trainable,
    cut: trainable.includes('middle') ? 'stem' : 'middle',
  };
}

/** Keeps states as they arrive, in the way a bucket would: as copies. */
export class Memory implements CheckpointStore {
  states: TrainingState[] = [];
  load = () => Promise.resolve(structuredClone(this.states.at(-1)));
  save = (state: TrainingState) => {
    this.states.push(structuredClone(state));
    return Promise.resolve();
  };
}

export function input(change: Partial<StageInput> = {}): StageInput {
  return {
    stage: plan(),
    backbone,
    classes,
    parameters: initialParameters(),
    featuresAfter: 'stem',
    train,
    validation,
    seed: 3,
    checkpoints: new Memory(),
    everySeconds: 3600,
    onProgress: () => undefined,
    onEpoch: () => undefined,
    signal: new AbortController().signal,
    finish: () => false,
    ...change,
  };
}

/** The input, stopped when batch number `at` (over all epochs) is asked for. */
export function stoppedAt(at: number, base: StageInput): StageInput {
  const controller = new AbortController();
  let asked = 0;
  const { features } = base.train;
  const counted: FeatureSource = {
    count: features.count,
    views: features.views,
    shape: features.shape,
    batch: (indices, chosen) => {
      if (++asked === at) controller.abort();
      return features.batch(indices, chosen);
    },
  };
  return { ...base, train: { ...base.train, features: counted }, signal: controller.signal };
}

export const withoutTime = (epochs: readonly Epoch[]) => epochs.map((epoch) => ({ ...epoch, seconds: 0 }));
export const bytes = (arrays: NamedArrays) =>
  Object.fromEntries(
    [...arrays].map(([name, { data }]) => [name, Buffer.from(data.slice().buffer).toString('base64')]),
  );
