/** What a retraining is measured by, in a real bucket: the gate's figures, and drift. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { compareToProduction } from '../../activities/production/compareToProduction.js';
import { measureDrift } from '../../activities/production/measureDrift.js';
import { lostByLastMove } from '../../cli/stack/lostByMove.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { promotionPolicySchema, type GateReport } from '../../contracts/spec/promotion.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { digest, writeDataset } from '../fixtures/modelsForTests.js';
import { callbacks, Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('a retraining is measured:', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let dependencies: TestDependencies;
  let trained: ModelCard;
  let registry: ModelRegistry;
  before(async () => {
    server = await startS3Server();
    registry = new ModelRegistry(server.store);
    dependencies = dependenciesFor(server.store, join(server.folder, 'cache'));
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    const run = await Pipeline.begin(dependencies, {
      preprocess: tinySpec.preprocess,
      augmentation: { views: 1 },
      name: 'flowers',
      dataset: { uri: server.store.uri('tiny') },
      plan: 'head-only',
      head: { epochs: 1, batchSize: 8 },
    });
    await run.preprocess();
    await run.features();
    const { model } = await run.register(await run.evaluate(await run.trainAll()));
    trained = await registry.card(model.name, model.version);
  });
  after(() => server.stop());

  /** A model as the trained one, and what the gate says of it when the trained one, changed, is in production. */
  async function judged(name: string, production: Partial<ModelCard>, policy: object = {}): Promise<GateReport> {
    const champion = { ...trained, ...production, name, version: 1, run: `${name}-1` };
    const challenger = { ...trained, name, version: 2, run: `${name}-2` };
    for (const card of [champion, challenger])
      await server.store.putJson(objectKeys.modelCard(name, card.version), card);
    await registry.production.promote(champion, { by: 'a test', why: '' });
    const input = { model: { name, version: 2 }, policy: promotionPolicySchema.parse(policy), halvings: 0 };
    return compareToProduction(dependencies, input, { run: name, attempt: 1 }, callbacks());
  }

  test('a class that only the model in production knows is missed, though no test picture is of it', async () => {
    const policy = { tie: 'promote', mostMilliseconds: 60_000 };
    const same = await judged('same', {}, policy);
    assert.deepEqual([same.passes, same.comparison?.pictures, same.lostClasses], [true, 12, undefined]);
    const [time] = same.limits;
    assert.ok(time?.holds === true && time.value !== null && time.bound !== undefined && time.bound <= time.value);

    const renamed = await judged('renamed', { classes: ['daisy', 'tulips'] }, policy);
    assert.deepEqual(renamed.lostClasses, { gone: ['tulips'], untested: [], added: ['roses'] });
    assert.equal(renamed.comparison?.leftOut.unknownClass, 6);
    assert.equal(renamed.passes, false);
    assert.match(renamed.reason, /renamed@2 does not know tulips, which renamed@1 knows/);
    // A person who promotes it all the same sees which.
    const move = { by: 'a test', why: '' };
    const moved = await registry.production.promote(await registry.card('renamed', 2), move);
    assert.match(
      (await lostByLastMove(registry, moved)) ?? '',
      /renamed@2 does not know tulips, which renamed@1 knows/,
    );
    const promoted = await registry.production.promote(await registry.card('same', 2), move);
    assert.equal(await lostByLastMove(registry, promoted), undefined);
  });

  test('drift is of what was added and of what is gone, against the rest', async () => {
    const earlier = ['1', '2', '3', '4'].map((mark) => [mark, 'train', 0] as const);
    const bees = ['5', '6', '7', '8'].map((mark) => [mark, 'train', 1] as const);
    const added = ['9', 'a', 'b', 'c'].map((mark) => [mark, 'train', 1] as const);
    await writeDataset(
      server.store,
      'd',
      [...earlier, ...bees].map((one) => [...one]),
    );
    await writeDataset(
      server.store,
      'e',
      [...earlier.slice(2), ...bees, ...added].map((one) => [...one]),
    );
    const limits = resolveSpec({ dataset: { uri: 's3://b/p' } }).dataset.quarantine;
    const input = { before: digest('d'), after: digest('e'), limits, halvings: 0 };
    const drift = await measureDrift(dependencies, input, { run: 'drift', attempt: 1 }, callbacks());
    assert.deepEqual(drift.pictures, { added: 4, gone: 2, stayed: 6 });
    // R: chisq.test(matrix(c(4, 4, 0, 4), 2), correct = FALSE) and of c(2, 4, 2, 0).
    assert.equal(drift.balance?.statistic.toFixed(3), '3.000');
    assert.equal(drift.goneBalance?.statistic.toFixed(3), '2.667');
  });

  test('it waits for a person where one is asked, and passes where the loss is meant', async () => {
    const asked = await judged('approve', { classes: ['daisy', 'tulips'] }, { policy: 'approve', tie: 'promote' });
    assert.equal(asked.passes, true);
    assert.match(asked.reason, /tulips.*approve it only if this is intended/);
    const meant = await judged('allow', { classes: ['daisy', 'tulips'] }, { lostClasses: 'allow', tie: 'promote' });
    assert.equal(meant.passes, true);
  });
});
