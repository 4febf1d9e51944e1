/** Trials whose training diverges lose: none ends a search, and none leaves a number that is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import { FeaturesInMemory } from '../features/index.js';
import {
  backbone,
  classes,
  initialParameters,
  input,
  labels,
  plan,
  train,
  trainCount,
  validation,
  validationCount,
} from '../../test/fixtures/smallStage.js';
import { fineTuneOutcome } from './fineTuneOutcome.js';
import { headOutcome } from './headOutcome.js';

/** Weight decay alone multiplies the parameters by a hundredth of itself in each step, until they overflow. */
const explosive = (weightDecay: number) =>
  ({
    optimizer: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay },
    learningRate: 0.01,
    schedule: { kind: 'constant' },
    warmupEpochs: 0,
  }) as const;

test('a short fine-tune that diverges has no outcome, be it that its last step spoils it', async () => {
  const { signal, seed, onProgress } = input();
  // By the third and last step, or before.
  for (const weightDecay of [1e16, 1e30]) {
    const stage = plan({ epochs: 1, ...explosive(weightDecay) });
    assert.ok(stage.kind === 'fineTune');
    const trial = { stage, backbone, classes, parameters: initialParameters(), featuresAfter: 'stem', seed };
    assert.equal(await fineTuneOutcome({ ...trial, train, validation, signal, onProgress }), undefined);
  }
});

test('a head that diverges has no outcome, be it that its last step spoils it', async () => {
  const pooled = (count: number) =>
    new FeaturesInMemory([8], 1, [{ start: 0, count, data: new Float32Array(count * 8).fill(1) }]);
  // By the third and last step, or before.
  for (const batchSize of [8, 2]) {
    const outcome = await headOutcome({
      ...{ backbone, classes, seed: 3, signal: new AbortController().signal },
      head: { ...recipes.default.head, epochs: 1, batchSize, ...explosive(1e23) },
      train: { features: pooled(trainCount), labels: labels(trainCount) },
      validation: { features: pooled(validationCount), labels: labels(validationCount) },
    });
    assert.equal(outcome, undefined);
  }
});
