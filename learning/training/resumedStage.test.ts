import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { adapterSchema } from '../../contracts/spec/stages/adapterSpec.js';
import type { StagePlan } from '../../contracts/spec/plan.js';
import type { FineTuneTraining } from '../../contracts/spec/stages/stageSpec.js';
import { declareParameters, type Backbone, type Stage } from '../backbones/index.js';
import { croppedInput, visionTransformer } from '../backbones/networks/vit/visionTransformer.js';
import { normal } from '../random.js';
import { tf, type Tensor, type Tensor4D } from '../tensorflow.js';
import { formulaParameters } from '../weights/formula.js';
import { initialHead, trainStage, type CheckpointStore, type StageInput } from './index.js';
import { StageModel } from './stage/stageModel.js';
import {
  activations,
  backbone,
  classes,
  views,
  trainCount,
  stepsPerEpoch,
  initialParameters,
  train,
  plan,
  Memory,
  input,
  stoppedAt,
  withoutTime,
  bytes,
} from '../../test/fixtures/smallStage.js';

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

test('a transformer stopped anywhere computes the same bytes, its dropped branches and clipped gradients included', async () => {
  const backbone = visionTransformer({
    ...{ name: 'small', input: croppedInput(16, 1, 'half'), weights: undefined, licence: 'MIT' as const },
    ...{ imagenetTop1: undefined, parameterCount: undefined },
    transformer: {
      patch: 4,
      width: 6,
      depth: 4,
      heads: 2,
      layerScale: 'ls',
      classToken: false,
      positions: { grid: 4 },
    },
  });
  const tokens = [1, 16, 6];
  const blocks = ['blocks.1', 'blocks.2', 'blocks.3', 'norm', 'pool'];
  const settings = { layerDecay: 0.8, dropPath: 0.4, clipNorm: 0.5, batchSize: 8 };
  const stageOf = (change = {}) => ({ ...plan({ ...settings, ...change }, blocks), cut: 'blocks.0' });
  const given = (change: Partial<StageInput> = {}): StageInput =>
    input({
      ...{ backbone, stage: stageOf(), featuresAfter: 'blocks.0', validation: null },
      parameters: new Map([...formulaParameters(backbone), ...initialHead(backbone, 3)]),
      train: { ...train, features: activations(trainCount, views, 'train', tokens) },
      ...change,
    });
  const whole = await trainStage(given());
  for (const stops of [
    [2, 3],
    [stepsPerEpoch + 1, 1],
  ]) {
    const checkpoints = new Memory();
    for (const at of stops) await assert.rejects(trainStage(stoppedAt(at, given({ checkpoints }))));
    const resumed = await trainStage(given({ checkpoints }));
    assert.deepEqual(bytes(resumed.parameters), bytes(whole.parameters), `stopped at ${stops.join(', ')}`);
  }
  // Memory that holds fewer pictures changes nothing about which branches are left out.
  const inParts = await trainStage(given({ atOnce: 3 }));
  assert.ok(Math.abs(inParts.result.epochs[0]!.loss - whole.result.epochs[0]!.loss) < 1e-4);
  for (const change of [{ layerDecay: 1 }, { dropPath: 0 }, { clipNorm: null }]) {
    const { parameters } = await trainStage(given({ stage: stageOf(change) }));
    assert.notDeepEqual(bytes(parameters), bytes(whole.parameters), JSON.stringify(change));
  }
});

/** The small network with a perceptron on top, and a step that trains adapters of its two layers. */
function adaptedInput(change: Partial<StageInput> = {}, training: Partial<FineTuneTraining> = {}): StageInput {
  const top: Stage = {
    name: 'top',
    run: (ops, x) =>
      ops.dense(ops.dense(x, { name: 'top.fc1', out: 10, activation: 'gelu' }), { name: 'top.fc2', out: 8 }),
  };
  const perceptron: Backbone = { ...backbone, stages: [...backbone.stages.slice(0, 2), top] };
  const stage = plan({ adapter: adapterSchema.parse({ kind: 'lora', rank: 2 }), ...training }, ['top']);
  assert.equal(stage.kind, 'fineTune');
  const parameters = new Map([...initialParameters()].filter(([name]) => !name.startsWith('top')));
  for (const { name, shape } of declareParameters(perceptron, classes).filter(({ stage: of }) => of === 'top')) {
    const size = shape.reduce((product, edge) => product * edge, 1);
    parameters.set(name, { shape, data: Float32Array.from({ length: size }, (_, i) => 0.4 * normal(name, i)) });
  }
  const adapted = ['top.fc1', 'top.fc2'];
  return input({ stage: { ...stage, adapted } as StagePlan, backbone: perceptron, parameters, ...change });
}

test('a step with adapters trains them and the head alone, and goes on from them to the very same bytes', async () => {
  const checkpoints = new Memory();
  const whole = await trainStage(adaptedInput({ checkpoints }));
  assert.ok(whole.result.kept, whole.result.reason);
  const names = [
    ...['top.fc1.lora_A.weight', 'top.fc1.lora_B.weight', 'top.fc2.lora_A.weight', 'top.fc2.lora_B.weight'],
    ...['classifier.weight', 'classifier.bias'],
  ];
  assert.deepEqual([...whole.parameters.keys()], names);
  for (const { parameters, optimizer, best } of checkpoints.states) {
    assert.deepEqual([...parameters.keys()], names);
    assert.deepEqual(best === null ? names : [...best.parameters.keys()], names);
    assert.ok([...optimizer.keys()].every((slot) => names.some((name) => slot.startsWith(`${name}/`))));
  }
  for (const stops of [[2], [stepsPerEpoch + 1, 4]]) {
    const stopped = new Memory();
    for (const at of stops) {
      await assert.rejects(trainStage(stoppedAt(at, adaptedInput({ checkpoints: stopped }))), { code: 'GW_PREEMPTED' });
    }
    const resumed = await trainStage(adaptedInput({ checkpoints: stopped }));
    assert.deepEqual(bytes(resumed.parameters), bytes(whole.parameters), `stopped at ${stops.join(', ')}`);
    assert.deepEqual(withoutTime(resumed.result.epochs), withoutTime(whole.result.epochs));
  }
});

test('adapters learn at the rate of the layers that they stand beside', () => {
  const { stage, backbone: network, parameters } = adaptedInput({}, { layerDecay: 0.5, backboneRateFactor: 0.3 });
  using model = new StageModel(stage, network, classes, parameters, 'stem');
  assert.deepEqual(
    model.trainable.map((spec) => model.rateFactor(spec)),
    [0.15, 0.15, 0.15, 0.15, 1, 1],
  );
});

test('a stop loses no step: the last checkpoint is where training stood', async () => {
  const checkpoints = new Memory();
  await assert.rejects(trainStage(stoppedAt(2, input({ checkpoints }))));
  assert.deepEqual(checkpoints.states.at(-1)?.position, { epoch: 1, step: 2, globalStep: 2 });
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
  await assert.rejects(trainStage(input({ checkpoints, everySeconds: 1e-9 })), lost);
});
