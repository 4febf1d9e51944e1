/** The search for a rate of fine-tuning on real activations: made once, found again, carried into the plan. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { readPlan } from '../../activities/plan/planStore.js';
import { tryFineTunes } from '../../activities/search/fineTuneTrials.js';
import { searchFineTunes } from '../../activities/search/searchFineTunes.js';
import type { Measure } from '../../contracts/metrics.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { callbacks, Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { quickSpec } from '../fixtures/quickSpecs.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('a search for a rate of fine-tuning', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let pipeline: Pipeline;
  let head: string;

  let images = 0;
  const measure: Measure = (metric, value, labels) => {
    if (metric === 'images' && (labels as { stage: string }).stage === 'search') images += value;
  };
  const search = async (seconds: number | null) => {
    const answer = await searchFineTunes(
      { ...pipeline.dependencies, measure },
      { plan: pipeline.planDigest, stage: 1, previous: [head], seconds, halvings: 0 },
      pipeline.caller,
      callbacks(),
    );
    assert.ok(answer === null || !('missing' in answer));
    return answer;
  };

  before(async () => {
    server = await startS3Server();
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    pipeline = await Pipeline.begin(dependenciesFor(server.store, join(server.folder, 'machine')), {
      ...quickSpec,
      name: 'tiny',
      dataset: { uri: server.store.uri('tiny'), splits: { validation: 0.5 } },
      // A rate at which nothing is learnt, so that another one is better.
      fineTune: [{ unfreeze: ['conv_head'], epochs: 6, warmupEpochs: 0, learningRate: 1e-6 }],
    });
    await pipeline.preprocess();
    await pipeline.features();
    head = (await pipeline.train(0, [])).key;
  });
  after(() => server.stop());

  test('tries nothing without time, all rates in two rounds with it, and none of them twice', async () => {
    const step = { plan: pipeline.planDigest, stage: 1, previous: [head], halvings: 0 };
    const asked = await searchFineTunes(
      pipeline.dependencies,
      { ...step, seconds: null, elsewhere: true },
      pipeline.caller,
      callbacks(),
    );
    assert.ok(asked !== null && 'missing' in asked);
    assert.deepEqual(
      asked.missing.map(({ epochs }) => epochs),
      [2, 2, 2],
    );
    const late = await search(1e-9);
    assert.deepEqual([late?.found.changed, late?.found.trials.length, late?.plan], [false, 0, pipeline.planDigest]);
    // One of them is made by somebody else.
    const trials = asked.missing.slice(1, 2);
    await tryFineTunes(pipeline.dependencies, { ...step, trials }, pipeline.caller, callbacks());
    const first = await search(null);
    const epochs = first?.found.trials.map((trial) => trial.epochs);
    assert.deepEqual(epochs, [2, 2, 2, 3, 3]);
    assert.ok(first !== null);
    assert.deepEqual([first.found.cache.hits, first.found.cache.misses], [1, 4]);
    // A worker that searches is not one that stands still.
    assert.ok(images > 0);
    const again = await search(null);
    assert.deepEqual(again?.found.cache, {
      ...{ hits: 5, misses: 0 },
      reason: '5 of 5 rates were tried before on these features',
    });
    assert.deepEqual([again.plan, again.found.trials], [first.plan, first.found.trials]);
  });

  test('what it finds stands in every fine-tuning step of a new plan, which keeps the features and the head', async () => {
    const result = await search(null);
    assert.ok(result !== null);
    const { chosen, changed, trials } = result.found;
    const losses = trials.filter(({ epochs }) => epochs === 3).map(({ loss }) => loss);
    assert.ok(losses.length === 2 && losses.every(Number.isFinite));
    const plan = await readPlan(pipeline.dependencies.cache, result.plan);
    assert.deepEqual(plan.features, pipeline.plan.features);
    assert.deepEqual(plan.stages[0], pipeline.plan.stages[0]);
    assert.equal(plan.stages[1]?.training.learningRate, chosen.learningRate);
    assert.equal(plan.spec.fineTune[0]?.learningRate, chosen.learningRate);
    assert.ok(changed);
    assert.notEqual(chosen.learningRate, 1e-6);
    assert.notEqual(result.plan, pipeline.planDigest);
  });
});
