import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/recipes.js';
import type { StagePlan } from '../../contracts/plan.js';
import type { FineTuneSpec } from '../../contracts/runSpec.js';
import type { Epoch } from '../../contracts/training.js';
import { GraftworkError } from '../../contracts/errors.js';
import { declareParameters, getBackbone, type Backbone, type NamedArrays, type Stage } from '../backbones/index.js';
import { FeaturesInMemory, type FeatureSource } from '../features/index.js';
import { normal, randomBits } from '../random.js';
import { tf, type Tensor, type Tensor4D } from '../tensorflow.js';
import { initialHead, trainStage, type CheckpointStore, type StageInput, type TrainingState } from './index.js';

const [classes, trainCount, validationCount, views, batchSize] = [3, 22, 12, 3, 8];
const stepsPerEpoch = Math.ceil(trainCount / batchSize);

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
const backbone: Backbone = { ...getBackbone('efficientnet_lite0'), name: 'small', stages, featureSize: 8 };

/** Weights and statistics of every stage, and a new head. */
function initialParameters(): NamedArrays {
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
function activations(count: number, viewCount: number, key: string): FeatureSource {
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

const labels = (count: number) => Int32Array.from({ length: count }, (_, i) => i % classes);
const train = { features: activations(trainCount, views, 'train'), labels: labels(trainCount) };
const validation = { features: activations(validationCount, 1, 'validation'), labels: labels(validationCount) };

function plan(training: Partial<FineTuneSpec> = {}, trainable = ['middle', 'top']): StagePlan {
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
class Memory implements CheckpointStore {
  states: TrainingState[] = [];
  load = () => Promise.resolve(structuredClone(this.states.at(-1)));
  save = (state: TrainingState) => {
    this.states.push(structuredClone(state));
    return Promise.resolve();
  };
}

function input(change: Partial<StageInput> = {}): StageInput {
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
function stoppedAt(at: number, base: StageInput): StageInput {
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

const withoutTime = (epochs: readonly Epoch[]) => epochs.map((epoch) => ({ ...epoch, seconds: 0 }));
const bytes = (arrays: NamedArrays) =>
  Object.fromEntries(
    [...arrays].map(([name, { data }]) => [name, Buffer.from(data.slice().buffer).toString('base64')]),
  );

test('a stage learns, and hands on the head and every parameter of the unfrozen stages', async () => {
  const { result, parameters } = await trainStage(input());
  assert.ok(result.kept, result.reason);
  assert.match(result.reason, /^validation top-1 0\.333 → (0\.9|1\.0)/);
  assert.ok(result.validation && result.validation.top1 > 0.9 && result.validation.count === validationCount);
  assert.equal(result.ended, 'completed');
  assert.deepEqual(result.trainable, ['middle', 'top']);
  assert.equal(result.epochs.length, 4);
  const handedOn = declareParameters(backbone, classes).filter(({ stage }) => stage !== 'stem');
  assert.deepEqual(
    [...parameters.keys()],
    handedOn.map(({ name }) => name),
  );
});

test('a head learns from pooled features by the same loop', async () => {
  const pooled = (count: number, viewCount: number) =>
    new FeaturesInMemory([8], viewCount, [
      {
        start: 0,
        count,
        data: Float32Array.from({ length: count * viewCount * 8 }, (_, i) => {
          const label = Math.floor(i / 8 / viewCount) % classes;
          return 0.3 * normal('pooled', count, i) + (i % 8 === label ? 1 : 0);
        }),
      },
    ]);
  const { result, parameters } = await trainStage(
    input({
      stage: { kind: 'head', name: 'head', training: { ...recipes.default.head, epochs: 20, learningRate: 0.05 } },
      parameters: initialHead(backbone, classes),
      featuresAfter: null,
      train: { ...train, features: pooled(trainCount, views) },
      validation: { ...validation, features: pooled(validationCount, 1) },
    }),
  );
  assert.ok(result.kept && (result.validation?.top1 ?? 0) > 0.9);
  assert.ok(Math.abs((result.epochs[0]?.loss ?? 0) - Math.log(3)) < 0.2, 'zeros make every class equally likely');
  assert.deepEqual([...parameters.keys()], ['classifier.weight', 'classifier.bias']);
});

test('stopped anywhere and resumed, a stage computes the very same bytes', async () => {
  for (const [optimizer, mixing] of [
    [
      { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
      { mixup: 0, cutmix: 0 },
    ],
    [
      { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
      { mixup: 0.4, cutmix: 1 },
    ],
  ] as const) {
    const stage = plan({ optimizer, backboneRateFactor: 0.5, stageRateDecay: 0.8 });
    const whole = await trainStage(input({ stage, mixing }));
    // In an epoch, before its last step, after it (validation is cut short), and in the last epoch.
    for (const stops of [[1], [2, 3], [stepsPerEpoch], [stepsPerEpoch + 1, 4, 1]]) {
      const checkpoints = new Memory();
      for (const at of stops) {
        await assert.rejects(
          trainStage(stoppedAt(at, input({ stage, checkpoints, mixing }))),
          (error) => error instanceof GraftworkError && error.code === 'GW_PREEMPTED' && error.retryable,
        );
      }
      const resumed = await trainStage(input({ stage, checkpoints, mixing }));
      assert.deepEqual(bytes(resumed.parameters), bytes(whole.parameters), `stopped at ${stops.join(', ')}`);
      assert.deepEqual(withoutTime(resumed.result.epochs), withoutTime(whole.result.epochs));
      assert.equal(resumed.result.bestEpoch, whole.result.bestEpoch);
      assert.equal(resumed.result.reason, whole.result.reason);
    }
  }
});

test('a stop loses no step: the last checkpoint is where training stood', async () => {
  const checkpoints = new Memory();
  await assert.rejects(trainStage(stoppedAt(2, input({ checkpoints }))));
  assert.deepEqual(checkpoints.states.at(-1)?.position, { epoch: 1, step: 2, globalStep: 2 });
});

test('frozen parameters and statistics keep their bytes, and get no gradient', async () => {
  const parameters = initialParameters();
  const before = bytes(parameters);
  const checkpoints = new Memory();
  const output = await trainStage(input({ parameters, checkpoints, stage: plan({ batchNorm: 'frozen' }, ['top']) }));
  assert.deepEqual(bytes(parameters), before);
  const after = bytes(output.parameters);
  for (const name of ['top_bn.running_mean', 'top_bn.running_var']) assert.equal(after[name], before[name]);
  for (const name of ['top.weight', 'top_bn.weight', 'top_bn.bias', 'classifier.weight', 'classifier.bias']) {
    assert.notEqual(after[name], before[name], name);
  }
  assert.deepEqual(
    [...(checkpoints.states.at(-1)?.parameters.keys() ?? [])],
    ['top.weight', 'top_bn.weight', 'top_bn.bias', 'classifier.weight', 'classifier.bias'],
  );
});

test('of a stage named in part, just those parameters train; the others are handed on as they came', async () => {
  const parameters = initialParameters();
  const before = bytes(parameters);
  const parts = { ...plan({}, ['top']), parameters: ['top_bn.weight'] } as StagePlan;
  const after = bytes((await trainStage(input({ parameters, stage: parts }))).parameters);
  assert.deepEqual(
    Object.keys(after).sort(),
    [...Object.keys(before)].filter((n) => /^(top|classifier)/.test(n)).sort(),
  );
  for (const [name, data] of Object.entries(after)) {
    const trains = name === 'top_bn.weight' || name.startsWith('classifier');
    assert.equal(data !== before[name], trains, name);
  }
});

test('statistics that are adapted are those of the training pictures, and the same after a resume', async () => {
  const stage = plan({ batchNorm: 'adapt', epochs: 2 });
  const untouched = bytes(initialParameters());
  const whole = await trainStage(input({ stage }));
  assert.ok(whole.result.kept, whole.result.reason);
  const adapted = bytes(whole.parameters);
  for (const name of ['dw_bn.running_mean', 'dw_bn.running_var', 'top_bn.running_mean', 'top_bn.running_var']) {
    assert.notEqual(adapted[name], untouched[name], name);
  }
  // One batch of all 22 pictures: the depthwise convolution's own mean over view 0 of them.
  const all = Array.from({ length: trainCount }, (_, index) => index);
  const x = await train.features.batch(all, new Uint8Array(trainCount));
  const filter = initialParameters().get('dw.weight');
  assert.ok(filter);
  const convolved = tf.tidy<Tensor>(() =>
    tf
      .depthwiseConv2d(x as Tensor4D, tf.tensor4d(filter.data, [6, 1, 3, 3]).transpose([2, 3, 0, 1]), 1, 'same')
      .mean([0, 1, 2]),
  );
  const expected = await convolved.data();
  const actual = whole.parameters.get('dw_bn.running_mean')?.data ?? [];
  for (const [channel, value] of expected.entries()) assert.ok(Math.abs((actual[channel] ?? 9) - value) < 1e-5);
  tf.dispose([x, convolved]);

  const checkpoints = new Memory();
  await assert.rejects(trainStage(stoppedAt(3, input({ stage, checkpoints }))));
  const resumed = await trainStage(input({ stage, checkpoints }));
  assert.deepEqual(bytes(resumed.parameters), adapted);
  assert.equal(resumed.result.reason, whole.result.reason);
});

test('a rate that is found by a range test is the same after a resume, which does not repeat the test', async () => {
  const stage = plan({ learningRate: 'auto', epochs: 2 });
  const whole = await trainStage(input({ stage }));
  const { rangeTest } = whole.result;
  assert.ok(rangeTest && rangeTest.learningRate > 0 && rangeTest.curve.length > 10);
  const peak = Math.max(...whole.result.epochs.map((epoch) => epoch.learningRate));
  assert.ok(peak <= rangeTest.learningRate && peak > rangeTest.learningRate / 2);
  const tensors = tf.memory().numTensors;
  for (const stops of [[3], [rangeTest.curve.length + 2], [rangeTest.curve.length + 1, 4]]) {
    const checkpoints = new Memory();
    for (const at of stops) await assert.rejects(trainStage(stoppedAt(at, input({ stage, checkpoints }))));
    const resumed = await trainStage(input({ stage, checkpoints }));
    assert.deepEqual(bytes(resumed.parameters), bytes(whole.parameters), `stopped at ${stops.join(', ')}`);
    assert.deepEqual({ ...resumed.result.rangeTest, seconds: 0 }, { ...rangeTest, seconds: 0 });
    const tested = checkpoints.states[0]?.rangeTest;
    if (tested) assert.equal(resumed.result.rangeTest?.seconds, tested.seconds, 'not made again');
  }
  assert.equal(tf.memory().numTensors, tensors);
});

test('a plateau goes by the epochs so far: a resumed stage has the very rates', async () => {
  const schedule = { kind: 'plateau', factor: 0.3, patience: 0, cooldown: 0, threshold: 0.5, finalShare: 0 } as const;
  const stage = plan({ schedule, warmupEpochs: 0, epochs: 6 });
  const whole = await trainStage(input({ stage }));
  const rates = whole.result.epochs.map(({ learningRate }) => learningRate);
  assert.ok(new Set(rates).size > 1, rates.join(', '));
  const checkpoints = new Memory();
  for (const at of [stepsPerEpoch * 2 + 1, stepsPerEpoch * 2]) {
    await assert.rejects(trainStage(stoppedAt(at, input({ stage, checkpoints }))));
  }
  const resumed = await trainStage(input({ stage, checkpoints }));
  assert.deepEqual(withoutTime(resumed.result.epochs), withoutTime(whole.result.epochs));
  assert.deepEqual(bytes(resumed.parameters), bytes(whole.parameters));
});

test('the number of tensors is the same after each epoch, and at the end as before', async () => {
  const before = tf.memory().numTensors;
  const counts: number[] = [];
  await trainStage(input({ onEpoch: () => counts.push(tf.memory().numTensors) }));
  assert.equal(counts.length, 4);
  assert.equal(new Set(counts).size, 1, counts.join(', '));
  assert.equal(tf.memory().numTensors, before);
  await assert.rejects(trainStage(stoppedAt(2, input())));
  assert.equal(tf.memory().numTensors, before);
});

test('a step that does not help is dropped, and says so', async () => {
  const trained = new Map([...initialParameters(), ...(await trainStage(input())).parameters]);
  const wrong = { ...train, labels: labels(trainCount).map((label) => (label + 1) % classes) };
  const { result, parameters } = await trainStage(input({ parameters: trained, train: wrong, seed: 4 }));
  assert.equal(result.kept, false);
  assert.equal(result.bestEpoch, 0);
  assert.match(result.reason, /^validation top-1 \d\.\d+ .*: the earlier parameters are kept$/);
  const before = bytes(trained);
  for (const [name, data] of Object.entries(bytes(parameters))) assert.equal(data, before[name], name);
});

test('training ends early when validation has not improved for so many epochs', async () => {
  const wrong = { ...train, labels: labels(trainCount).map((label) => (label + 1) % classes) };
  const { result } = await trainStage(input({ train: wrong, stage: plan({ epochs: 40, patience: 3 }) }));
  assert.equal(result.ended, 'early-stopping');
  assert.ok(result.epochs.length < 40);
});

test('a person can end a stage: the best so far is kept', async () => {
  let done = 0;
  const { result } = await trainStage(input({ onEpoch: () => done++, finish: () => done >= 2 }));
  assert.equal(result.ended, 'finished');
  assert.equal(result.epochs.length, 2);
  const untrained = await trainStage(input({ finish: () => true }));
  assert.equal(untrained.result.kept, false);
  assert.match(untrained.result.reason, /finished before an epoch was done/);
});

test('without a validation split, or without keepBest, the last epoch is kept', async () => {
  const blind = await trainStage(input({ validation: null }));
  assert.equal(blind.result.validation, null);
  assert.equal(blind.result.bestEpoch, 4);
  assert.ok(blind.result.kept);
  const last = await trainStage(input({ stage: plan({ keepBest: false }) }));
  assert.equal(last.result.bestEpoch, 4);
  assert.deepEqual(last.result.validation, { ...last.result.epochs.at(-1)?.validation, count: validationCount });
});

test('checkpoints come by time as well, one after another', async () => {
  let open = 0;
  const checkpoints = new Memory();
  const { save } = checkpoints;
  checkpoints.save = async (state) => {
    assert.equal(++open, 1);
    await save(state);
    open--;
  };
  await trainStage(input({ checkpoints, everySeconds: 1e-9 }));
  const positions = checkpoints.states.map(({ position }) => position.globalStep);
  assert.ok(positions.length > 4, positions.join(', '));
  assert.deepEqual(
    positions,
    [...positions].sort((a, b) => a - b),
  );
});

test('a checkpoint that cannot be written ends the training with its reason', async () => {
  const lost = new GraftworkError('GW_CONFLICT', 'Another attempt has taken over this stage.', { retryable: true });
  const checkpoints: CheckpointStore = { load: () => Promise.resolve(undefined), save: () => Promise.reject(lost) };
  await assert.rejects(trainStage(input({ checkpoints })), lost);
});

test('a loss that is no number ends the training and names the remedy', async () => {
  const broken = new FeaturesInMemory([4, 4, 6], 1, [
    { start: 0, count: 3, data: new Float32Array(3 * 4 * 4 * 6).fill(Number.NaN) },
  ]);
  const before = tf.memory().numTensors;
  await assert.rejects(
    trainStage(input({ train: { features: broken, labels: labels(3) } })),
    (error) =>
      error instanceof GraftworkError && error.code === 'GW_NOT_FINITE' && /learningRate/.test(error.remedy ?? ''),
  );
  assert.equal(tf.memory().numTensors, before);
});
