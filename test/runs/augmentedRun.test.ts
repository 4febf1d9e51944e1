/** A run with everything of augmentation switched on, through the activities and a real store. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chooseAugmentation } from '../../activities/search/chooseAugmentation.js';
import type { Measure } from '../../contracts/metrics.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { callbacks, Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('augmentation in a run', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let spec: UserSpec;
  before(async () => {
    server = await startS3Server();
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    spec = { ...tinySpec, name: 'tiny', dataset: { uri: server.store.uri('tiny'), splits: { validation: 0.3 } } };
  });
  after(() => server.stop());

  test('auto tries every policy on validation, and finds its choice again', async () => {
    const dependencies = dependenciesFor(server.store, join(server.folder, 'auto'));
    const run = await Pipeline.begin(dependencies, { ...spec, augmentation: { policy: 'auto' } });
    const passes: number[] = [];
    const listening = callbacks({ progress: ({ done }) => void passes.push(done) });
    const input = { spec: run.spec, dataset: run.dataset, halvings: 0 };
    let images = 0;
    const measure: Measure = (metric, value, labels) => {
      if (metric === 'images' && (labels as { stage: string }).stage === 'augmentation') images += value;
    };
    const choice = await chooseAugmentation({ ...dependencies, measure }, input, run.caller, listening);
    assert.equal(choice.policies.length, 6);
    assert.ok(choice.policies.some(({ name }) => name === choice.chosen));
    assert.equal(choice.images.validation, run.dataset.counts.validation);
    assert.match(choice.reason, new RegExp(`^${choice.chosen}: validation loss`));
    assert.equal(choice.augmentation.policy, 'given');
    assert.ok(passes.length > 0);
    assert.equal(images, passes.at(-1));
    passes.length = 0;
    assert.deepEqual(await chooseAugmentation(dependencies, input, run.caller, listening), choice);
    assert.deepEqual(passes, [], 'nothing is computed twice');
  });

  test('drawn views, mixed batches and test-time views come to an evaluation with keys of its own', async () => {
    const dependencies = dependenciesFor(server.store, join(server.folder, 'all'));
    const plain = await Pipeline.begin(dependencies, spec);
    const rich = await Pipeline.begin(dependencies, {
      ...spec,
      augmentation: {
        views: 2,
        rotation: 20,
        verticalFlip: true,
        randAugment: {},
        erasing: 0.5,
        mixup: 0.4,
        cutmix: 1,
      },
      evaluation: { testTimeAugmentation: { views: 3 } },
    });
    assert.notDeepEqual(rich.plan.features, plain.plan.features);
    await rich.preprocess();
    await rich.features();
    const kept = await rich.trainAll();
    const averaged = await rich.evaluate(kept);
    const centre = await Pipeline.begin(dependencies, {
      ...rich.spec,
      evaluation: { ...rich.spec.evaluation, testTimeAugmentation: { views: 1 } },
    });
    const plainly = await centre.evaluate(kept);
    assert.equal(plainly.parameters.sha256, averaged.parameters.sha256);
    assert.notEqual(plainly.key, averaged.key);
    assert.notEqual(plainly.evaluation.loss, averaged.evaluation.loss);
    assert.equal((await rich.evaluate(kept)).reused, true);
  });
});
