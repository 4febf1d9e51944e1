/** The search for a head on real features: made once, found again, stopped in time. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { chooseImbalance } from '../../activities/search/chooseImbalance.js';
import { planFolds } from '../../activities/plan/planFolds.js';
import { evaluateInFolds } from '../../activities/search/evaluateInFolds.js';
import { tryHeads } from '../../activities/search/headTrials.js';
import { searchHeads } from '../../activities/search/searchHeads.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { Measure } from '../../contracts/metrics.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { callbacks, Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('a search for a head', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let pipeline: Pipeline;

  async function begin(change: Parameters<typeof Pipeline.begin>[1]): Promise<Pipeline> {
    const begun = await Pipeline.begin(dependenciesFor(server.store, join(server.folder, 'machine')), {
      ...tinySpec,
      name: 'tiny',
      dataset: { uri: server.store.uri('tiny'), splits: { validation: 0.5 } },
      fineTune: [],
      ...change,
    });
    await begun.preprocess();
    await begun.features();
    return begun;
  }

  let images = 0;
  const measure: Measure = (metric, value, labels) => {
    if (metric === 'images' && (labels as { stage: string }).stage === 'search') images += value;
  };
  const asked = ({ planDigest }: Pipeline) => ({ plan: planDigest, halvings: 0 });
  const search = async (seconds: number | null, run = pipeline) => {
    const found = await searchHeads(
      { ...run.dependencies, measure },
      { plan: run.planDigest, seconds, halvings: 0 },
      run.caller,
      callbacks(),
    );
    assert.ok(found === null || !('missing' in found));
    return found;
  };

  before(async () => {
    server = await startS3Server();
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    pipeline = await begin({});
  });
  after(() => server.stop());

  test('tries nothing when there is no time, all heads when there is, and none of them twice', async () => {
    const late = await search(1e-9);
    assert.deepEqual([late?.changed, late?.trials.length], [false, 0]);
    const found = await search(null);
    assert.ok(found !== null && found.trials.length >= 12 && found.images >= 10);
    assert.ok(found.trials.every(({ loss }) => Number.isFinite(loss)));
    assert.deepEqual(found.cache, { hits: 0, misses: found.trials.length, reason: 'no earlier run tried these heads' });
    // A worker that searches is not one that stands still.
    const trained = images;
    assert.ok(trained > 0);
    const again = await search(null);
    assert.equal(images, trained);
    assert.equal(again?.cache.misses, 0);
    assert.deepEqual([again.chosen, again.reason, again.trials], [found.chosen, found.reason, found.trials]);
  });

  test('ways of balancing classes are compared in folds where classes are uneven, and not twice', async () => {
    const even = await chooseImbalance(pipeline.dependencies, asked(pipeline), pipeline.caller, callbacks());
    assert.deepEqual([even.chosen, even.rows], ['plain', []]);
    await uploadTree(server.store, sharedData('datasets/tiny'), 'uneven');
    const roses: string[] = [];
    for await (const { key } of server.store.list('uneven/train/roses/')) roses.push(key);
    for (const key of roses.slice(3)) await server.store.delete(key);
    const uneven = await begin({ dataset: { uri: server.store.uri('uneven'), splits: { validation: 0.2 } } });
    const dependencies = { ...uneven.dependencies, measure };
    const choose = () => chooseImbalance(dependencies, asked(uneven), uneven.caller, callbacks());
    const { seconds: _seconds, ...found } = await choose();
    assert.deepEqual([found.images, found.folds, found.rows.length], [15, 5, 5]);
    const trained = images;
    const { seconds: _again, ...again } = await choose();
    assert.deepEqual([again, images], [found, trained]);
  });

  test('heads in folds have an accuracy over all pictures, those of the test too where the plan says so', async () => {
    const { dependencies, caller } = pipeline;
    const inFolds = (of: Pipeline) => evaluateInFolds(dependencies, { ...asked(of), folds: 3 }, caller, callbacks());
    // As runs of earlier versions go on.
    const earlier = await inFolds(pipeline);
    assert.deepEqual([earlier.count, earlier.tested], [24, undefined]);
    const folded = await pipeline.withPlan((await planFolds(dependencies, { plan: pipeline.planDigest })).digest);
    await folded.features();
    const found = await inFolds(folded);
    assert.deepEqual([found.folds, found.count, found.tested, found.together], [3, 36, 12, undefined]);
    assert.ok(found.top1 > 0.5 && found.interval[0] < found.top1 && found.top1 < found.interval[1]);
  });

  test('trials that others make are found, and decide as those it makes itself', async () => {
    const own = await search(null);
    const run = await begin({ seed: 7 });
    const again = (elsewhere: true | undefined) =>
      searchHeads(
        run.dependencies,
        { plan: run.planDigest, seconds: null, elsewhere, halvings: 0 },
        run.caller,
        callbacks(),
      );
    const rounds: number[] = [];
    for (let answer = await again(true); ; answer = await again(true)) {
      assert.ok(answer !== null);
      if (!('missing' in answer)) {
        assert.equal(answer.trials.length, own?.trials.length);
        assert.deepEqual([answer.cache.misses, rounds.reduce((a, b) => a + b)], [0, answer.trials.length]);
        break;
      }
      rounds.push(answer.missing.length);
      const { missing: trials } = answer;
      await tryHeads(run.dependencies, { plan: run.planDigest, trials, halvings: 0 }, run.caller, callbacks());
    }
    assert.deepEqual(rounds, [12]);
  });

  test('a trial that is stopped while its features are read fails by what stopped it', async () => {
    const trials = [{ settings: { learningRate: 0.011, weightDecay: 0.01, labelSmoothing: 0 }, epochs: 2 }];
    const reason = new GraftworkError('GW_PREEMPTED', 'stopped by a test', { retryable: true });
    await assert.rejects(
      tryHeads(pipeline.dependencies, { plan: pipeline.planDigest, trials, halvings: 0 }, pipeline.caller, {
        ...callbacks(),
        signal: AbortSignal.abort(reason),
      }),
      reason,
    );
  });

  test('has nothing to say without enough validation pictures, or where a range test finds the rate', async () => {
    const few = await begin({ dataset: { uri: server.store.uri('tiny') } });
    assert.equal(await search(null, few), null);
    const ranged = await begin({ head: { ...tinySpec.head, learningRate: 'auto' } });
    assert.equal(await search(null, ranged), null);
  });
});
