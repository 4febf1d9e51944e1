import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import type { StagePlan } from '../../contracts/spec/plan.js';
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import { GraftworkError } from '../../contracts/errors.js';
import { declareParameters } from '../backbones/index.js';
import { FeaturesInMemory } from '../features/index.js';
import { normal } from '../random.js';
import { tf } from '../tensorflow.js';
import { initialHead, trainStage, type LabelledFeatures, type StageInput } from './index.js';
import {
  classes,
  batchSize,
  stepsPerEpoch,
  trainCount,
  validationCount,
  views,
  backbone,
  initialParameters,
  labels,
  train,
  validation,
  plan,
  Memory,
  input,
  stoppedAt,
  bytes,
} from '../../test/fixtures/smallStage.js';

test('a stage learns, and hands on the head and every parameter of the unfrozen stages', async () => {
  const { result, parameters } = await trainStage(input());
  assert.ok(result.kept, result.reason);
  assert.match(result.reason, /^top-1 decides: 33\.3 % → (9\d\.\d|100\.0) % on 12 validation pictures/);
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

test('frozen parameters and statistics keep their bytes, and get no gradient', async () => {
  const parameters = initialParameters();
  const before = bytes(parameters);
  const checkpoints = new Memory();
  const stage = plan({ batchNorm: 'frozen' }, ['top']);
  const output = await trainStage(input({ parameters, checkpoints, everySeconds: 1e-9, stage }));
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
  assert.match(
    result.reason,
    / decides.* on \d+ validation pictures, (no better|no more than chance.*|clearly worse)$/,
  );
  const before = bytes(trained);
  for (const [name, data] of Object.entries(bytes(parameters))) assert.equal(data, before[name], name);
});

test('pictures held out in folds decide with validation; a stage that is ended early does not ask for them', async () => {
  const helped = await trainStage(input());
  assert.ok(helped.result.kept);
  const held = (loss: number) => ({ correct: Array<boolean>(90).fill(loss < 1), losses: Array<number>(90).fill(loss) });
  let asked = 0;
  const heldOut = () => {
    asked += 1;
    return Promise.resolve({ before: held(0.1), after: held(2) });
  };
  const { result } = await trainStage(input({ heldOut }));
  assert.deepEqual([result.kept, result.bestEpoch, asked], [false, 0, 1]);
  assert.match(result.reason, /on 12 validation pictures and 90 training pictures held out in folds, clearly worse$/);
  let done = 0;
  const early = await trainStage(input({ heldOut, onEpoch: () => done++, finish: () => done >= 2 }));
  assert.equal(asked, 1);
  assert.doesNotMatch(early.result.reason, /folds/);
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

/** Rates at which weight decay alone multiplies the parameters by -1e5: they overflow within eight steps. */
const explosive = {
  optimizer: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 1e7 },
  learningRate: 0.01,
  schedule: { kind: 'constant' },
  warmupEpochs: 0,
} as const;

/** Pictures that are noise without end from the batch of that number on, counted from 1. */
function spoiltFrom(batch: number): LabelledFeatures {
  let asked = 0;
  const { features, labels: truth } = train;
  const spoilt = new FeaturesInMemory([4, 4, 6], views, [
    { start: 0, count: trainCount, data: new Float32Array(trainCount * views * 4 * 4 * 6).fill(Number.NaN) },
  ]);
  return {
    labels: truth,
    features: {
      count: trainCount,
      views,
      shape: features.shape,
      batch: (indices, chosen) => (++asked >= batch ? spoilt : features).batch(indices, chosen),
    },
  };
}

const head = (training: Partial<HeadSpec> = {}): Partial<StageInput> => {
  const pooled = (count: number, viewCount: number) =>
    new FeaturesInMemory([8], viewCount, [{ start: 0, count, data: new Float32Array(count * viewCount * 8).fill(1) }]);
  return {
    stage: { kind: 'head', name: 'head', training: { ...recipes.default.head, ...training } },
    parameters: initialHead(backbone, classes),
    featuresAfter: null,
    train: { ...train, features: pooled(trainCount, views) },
    validation: { ...validation, features: pooled(validationCount, 1) },
  };
};

test('a stage that diverges ends with its best epoch before that, and says where it diverged', async () => {
  const before = tf.memory().numTensors;
  const { result, parameters } = await trainStage(input({ train: spoiltFrom(2 * stepsPerEpoch + 2) }));
  assert.equal(tf.memory().numTensors, before);
  assert.deepEqual([result.ended, result.kept, result.epochs.length], ['diverged', true, 2]);
  assert.deepEqual([result.diverged?.epoch, result.diverged?.step], [3, 1]);
  assert.match(result.reason, / decides.*; training diverged in epoch 3 after step 1 \(learning rate 0\.0\d+\)/);
  const undisturbed = await trainStage(input({ stage: plan({ epochs: 4 }) }));
  assert.equal(undisturbed.result.ended, 'completed');
  assert.ok(result.bestEpoch > 0 && [...parameters.values()].every(({ data }) => data.every(Number.isFinite)));
});

test('a step that diverges before an epoch was done is dropped, with or without validation to choose by', async () => {
  const given = initialParameters();
  for (const change of [
    {},
    { stage: plan({ keepBest: false }) },
    { validation: null },
  ] satisfies Partial<StageInput>[]) {
    const { result, parameters } = await trainStage(input({ parameters: given, train: spoiltFrom(2), ...change }));
    assert.deepEqual([result.ended, result.kept, result.bestEpoch, result.epochs.length], ['diverged', false, 0, 0]);
    assert.match(result.reason, /^training diverged in epoch 1 after step 1 \(learning rate [\d.e-]+\)$/);
    const before = bytes(given);
    for (const [name, data] of Object.entries(bytes(parameters))) assert.equal(data, before[name], name);
  }
});

test('a step whose last update in an epoch spoils it diverges there, and a resumed one at the very same step', async () => {
  const stage = plan({ epochs: 6, ...explosive });
  const undisturbed = await trainStage(input({ stage }));
  assert.equal(undisturbed.result.ended, 'diverged');
  assert.ok(undisturbed.result.epochs.length > 0, 'it came through an epoch');
  const checkpoints = new Memory();
  await assert.rejects(trainStage(stoppedAt(3, input({ stage, checkpoints }))), { code: 'GW_PREEMPTED' });
  const resumed = await trainStage(input({ stage, checkpoints }));
  const told = ({ result }: typeof resumed) => ({ ...result, epochs: [], seconds: 0, imagesPerSecond: 0 });
  assert.deepEqual(told(resumed), told(undisturbed));
  assert.deepEqual(bytes(resumed.parameters), bytes(undisturbed.parameters));
});

test('a last update that spoils the parameters is noticed without validation, too', async () => {
  const before = tf.memory().numTensors;
  // Spoilt by the third and last step: no later one has a loss of it.
  const last = { epochs: 1, ...explosive, optimizer: { ...explosive.optimizer, weightDecay: 1e16 } };
  const { result } = await trainStage(input({ stage: plan(last), validation: null }));
  assert.deepEqual([result.ended, result.kept, result.diverged?.epoch], ['diverged', false, 1]);
  const pooled = new FeaturesInMemory([8], views, [
    { start: 0, count: trainCount, data: new Float32Array(trainCount * views * 8).fill(1) },
  ]);
  const spoilt = { ...last, batchSize: 8, optimizer: { ...explosive.optimizer, weightDecay: 1e23 } };
  await assert.rejects(
    trainStage(input({ ...head(spoilt), train: { ...train, features: pooled }, validation: null })),
    { code: 'GW_NOT_FINITE' },
  );
  assert.equal(tf.memory().numTensors, before);
});

test('a head that diverges before it has a best epoch fails, and the error names the remedy', async () => {
  const before = tf.memory().numTensors;
  for (const keepBest of [true, false]) {
    await assert.rejects(
      trainStage(input(head({ keepBest, batchSize: 2, ...explosive }))),
      (error) =>
        error instanceof GraftworkError && error.code === 'GW_NOT_FINITE' && /learningRate/.test(error.remedy ?? ''),
    );
  }
  assert.equal(tf.memory().numTensors, before);
});

test('a head that diverges later is kept with its best epoch', async () => {
  const { result } = await trainStage(input(head({ batchSize, epochs: 9, ...explosive })));
  assert.deepEqual([result.ended, result.kept], ['diverged', true]);
  assert.ok(result.bestEpoch > 0);
  assert.match(result.reason, /^a new head is always kept; training diverged (in|at the beginning of) epoch \d+/);
});
