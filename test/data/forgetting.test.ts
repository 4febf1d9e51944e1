/** Forgetting a picture that was trained on: afterwards nothing in the bucket holds its bytes, pixels, features or name. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readSplits } from '../../activities/plan/splitImages.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { readEvaluation } from '../../storage/registry/evaluations.js';
import { readPredictions } from '../../storage/registry/predictions.js';
import { exposedModels } from '../../storage/forgetting/exposedModels.js';
import { forgetPictures, type ForgetOptions, type ForgetReport } from '../../storage/forgetting/forgetPictures.js';
import { dropLocalCopies } from '../../storage/forgetting/localCopies.js';
import { findSightings } from '../../storage/forgetting/sightings.js';
import { Tombstones } from '../../storage/forgetting/tombstones.js';
import { modelLineage } from '../../storage/registry/lineage.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import {
  assertNothingOf,
  contents,
  forgetOptions,
  forgettingSpec,
  tested,
  trained,
  upload,
} from './forgettingForTests.js';
import { damaged, endedEarly, ForgettingTemplate } from './forgettingTemplate.js';
import { Pipeline } from '../fixtures/pipeline.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedDataMissing } from '../fixtures/sharedData.js';

describe('forgetting', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let template: ForgettingTemplate;

  before(async () => {
    server = await startS3Server();
    template = await ForgettingTemplate.make(server);
  });
  after(() => server.stop());

  /** Addresses in lists stay those of the bucket they were made in. */
  async function forget(store: ObjectStore, path: string, change: Partial<ForgetOptions> = {}): Promise<ForgetReport> {
    const sought = { digests: new Set<string>(), addresses: new Set([`${template.store.uri(upload)}/${path}`]) };
    const report = await forgetPictures(store, sought, forgetOptions(change));
    assert(report !== undefined);
    return report;
  }

  const nothingOf = (store: ObjectStore, path: string) =>
    assertNothingOf(store, path, template.remains.get(path) ?? []);

  test('the traces that are looked for are there to begin with', async () => {
    const all = [...(await contents(template.store)).values()];
    for (const traces of template.remains.values()) {
      assert(traces.length >= 3);
      for (const trace of traces) assert(all.some((bytes) => bytes.includes(trace)));
    }
    assert.equal(template.remains.get(trained)?.length, 5);
  });

  test('which versions hold a picture, and which models have met it', async () => {
    const datasets = new Datasets(template.store);
    const find = (path: string) =>
      findSightings(
        { store: template.store, datasets },
        { digests: new Set(), addresses: new Set([`${template.store.uri(upload)}/${path}`]) },
      );
    const { sightings, digests } = await find(trained);
    assert.deepEqual([...digests], [(await template.entry(trained)).sha256]);
    assert.deepEqual(
      sightings.map(({ version, split, class: name, image }) => [version, split, name, image?.path]),
      [[template.run.dataset.version, 'train', 'roses', trained]],
    );
    const registry = new ModelRegistry(template.store);
    assert.deepEqual(await exposedModels(registry, sightings), {
      learned: [
        { name: 'tiny', version: 1, through: null },
        { name: 'child', version: 1, through: 'tiny@1' },
      ],
      validated: [],
      tested: [],
    });
    assert.deepEqual((await exposedModels(registry, (await find(tested)).sightings)).tested, [
      { name: 'tiny', version: 1 },
    ]);
    assert.equal((await find('train/roses/no-such.jpg')).digests.size, 0);
  });

  test('a model’s lineage leads over the model it started from to the published weights', async () => {
    const child = await modelLineage(template.store, { name: 'child', version: 1 });
    assert.equal(child.source.from, 'model:tiny@1');
    const { parent } = child.source;
    assert.equal(parent?.parameters.sha256, child.source.sha256);
    assert.deepEqual(parent?.keys, { plan: template.run.planDigest, evaluation: template.evaluated.key });
    assert.equal(parent?.dataset.version, template.run.dataset.version);
    assert.equal(parent?.source.parent, null);
    assert.match(parent?.source.license ?? '', /Apache-2\.0/);
  });

  test('a dry run says what would change and changes nothing', async () => {
    const before = await contents(template.store);
    const report = await forget(template.store, trained, { dryRun: true });
    assert.deepEqual(await contents(template.store), before);
    assert.equal(report.changes.uploads.deleted, 2);
    assert(report.changes.features.deleted > 0 && report.changes.checkpoints.deleted > 0);
    assert.deepEqual(report.retired, [template.run.dataset.version]);
    // What a run in progress speaks of is that run's, which would not be there if it needed the picture.
    const refuseIfInUse = async () => new Set(['e'.repeat(64)]);
    const beside = await forget(template.store, trained, { dryRun: true, refuseIfInUse });
    assert.equal(beside.changes.checkpoints.deleted, report.changes.checkpoints.deleted - 1);
  });

  test('nothing is left of it; the next run does without it and reuses what is free of it', async () => {
    const store = await template.copy('forgotten');
    const report = await forget(store, trained);
    await nothingOf(store, trained);
    const { pixels, features, checkpoints, trials, rankings, records, predictions, runs, inspections, uploads } =
      report.changes;
    assert.equal(pixels.deleted, 2);
    assert.equal(features.deleted, 1);
    assert(checkpoints.deleted > 0);
    assert.deepEqual([trials.deleted, uploads.deleted], [1, 2]);
    assert(rankings.deleted > 0);
    assert.deepEqual(records, { deleted: 1, rewritten: 1 });
    assert.deepEqual(predictions, { deleted: 3, rewritten: 3 });
    assert.deepEqual(runs, { deleted: 1, rewritten: 1 });
    assert(inspections.deleted > 0);
    for (const key of [endedEarly, ...damaged]) assert(!(await store.exists(key)), `${key} is left`);
    const [tombstone] = await new Tombstones(store).list();
    assert.deepEqual([tombstone?.by, tombstone?.reason], ['a test', 'because']);
    assert.notEqual(tombstone?.completedAt, null);

    // The other pictures are as they were.
    assert.deepEqual(
      (await readPredictions(store, 'p1')).predictions.map(({ path }) => path),
      ['mine/1.jpg'],
    );
    assert.equal((await readPredictions(store, 'p0')).predictions.length, 1);
    assert(await store.exists(`${upload}/${tested}`));
    const dependencies = template.machine(store);
    await assert.rejects(readSplits(dependencies, template.run.plan, new AbortController().signal), {
      code: 'GW_DATASET_RETIRED',
    });
    const retired = await new Datasets(store).images(template.run.dataset.version);
    assert.equal(retired.length, 35);
    const again = await Pipeline.begin(
      dependencies,
      { ...forgettingSpec, dataset: { uri: store.uri(upload) } },
      'run-4',
    );
    assert.notEqual(again.dataset.version, template.run.dataset.version);
    assert.equal(again.dataset.counts.train + again.dataset.counts.validation, 23);
    const known = new Set(template.run.plan.pixels.map(({ key }) => key));
    assert(again.plan.pixels.some(({ key, split }) => split === 'test' && known.has(key)));
    await again.preprocess();
    await again.features();
    assert.equal((await again.evaluate(await again.trainAll())).evaluation.count, 12);
    await nothingOf(store, trained);

    // The same once more has nothing to do.
    const onceMore = await forgetPictures(
      store,
      { digests: new Set(report.digests), addresses: new Set() },
      forgetOptions(),
    );
    assert(Object.values(onceMore?.changes ?? {}).every(({ deleted, rewritten }) => deleted + rewritten === 0));

    // By its digest it can still be said who has met it.
    const after = await findSightings(
      { store, datasets: new Datasets(store) },
      { digests: new Set(report.digests), addresses: new Set() },
    );
    assert.deepEqual(
      after.sightings.map(({ split, class: name, position, image }) => [split, name, position, image]),
      report.sightings.map(({ split, class: name, position }) => [split, name, position, null]),
    );
  });

  test('a test picture leaves the outcomes behind a registered model’s figures, and the figures stay', async () => {
    const store = await template.copy('tested');
    const before = await readEvaluation(store, template.evaluated.key);
    const report = await forget(store, tested);
    await nothingOf(store, tested);
    const { evaluation, outcomes } = await readEvaluation(store, template.evaluated.key);
    assert.deepEqual(evaluation, before.evaluation);
    assert.deepEqual(
      outcomes,
      before.outcomes.filter(({ path }) => path !== tested),
    );
    assert.deepEqual([report.changes.checkpoints.deleted, report.changes.features.deleted], [0, 0]);
    // Nobody can say any more what is in this version.
    await store.delete(objectKeys.datasetManifest(template.child.dataset.version));
    // A second picture of a version that is retired already: places are still those the version was made with.
    await forget(store, trained);
    await nothingOf(store, tested);
    await nothingOf(store, trained);
    for (const { key } of template.child.plan.features) assert(!(await store.exists(objectKeys.features(key))));
    const { redactions } = await new Datasets(store).manifest(template.run.dataset.version);
    assert.equal(redactions?.length, 2);
  });

  test('a run that needs it is reported before anything is done', async () => {
    const before = await contents(template.store);
    const refusal = new Error('in use');
    let needed: Parameters<ForgetOptions['refuseIfInUse']>[0] | undefined;
    const refuseIfInUse: ForgetOptions['refuseIfInUse'] = async (question) => {
      needed = question;
      throw refusal;
    };
    await assert.rejects(forget(template.store, trained, { refuseIfInUse }), refusal);
    assert.deepEqual([...(needed?.versions ?? [])], [template.run.dataset.version]);
    assert.equal(needed?.known.size, 2);
    assert.deepEqual([...(needed?.predictions ?? [])].toSorted(), ['p0', 'p1', 'p2', 'p3']);
    assert.deepEqual(await contents(template.store), before);
  });

  test('killed after any number of writes and deletions, the same again ends the work', async () => {
    const whole = await template.copy('whole');
    await forget(whole, trained);
    const expected = [...(await contents(whole)).keys()];

    const { bucket: killed } = await template.copy('killed');

    class Killed extends ObjectStore {
      private left: number;
      constructor(changes: number) {
        super(killed, openS3Connection(server.variables));
        this.left = changes;
      }
      override at(bucket: string): ObjectStore {
        return bucket === this.bucket ? this : super.at(bucket);
      }
      private count(): void {
        if (this.left-- <= 0) throw new Error('killed');
      }
      override async put(...args: Parameters<ObjectStore['put']>): Promise<string> {
        this.count();
        return super.put(...args);
      }
      override async putPieces(...args: Parameters<ObjectStore['putPieces']>): Promise<string> {
        this.count();
        return super.putPieces(...args);
      }
      override async delete(key: string): Promise<void> {
        this.count();
        return super.delete(key);
      }
    }
    const cache = join(server.folder, 'killed-cache');
    const free = template.run.plan.pixels.map(({ key, split }) => [objectKeys.pixels(key), split === 'test'] as const);
    const square = join('squares', 'settings', 'f'.repeat(64));
    for (const key of [square, endedEarly, ...free.map(([pixels]) => pixels)]) {
      await mkdir(dirname(join(cache, key)), { recursive: true });
      await writeFile(join(cache, key), 'a copy');
    }
    let kills = 0;
    for (let changes = 0; ; changes += 2) {
      try {
        const store = new Killed(changes);
        await forget(store, trained, { dropLocalCopies: (isFree) => dropLocalCopies(cache, isFree, false) });
        break;
      } catch (thrown) {
        assert.match(String(thrown), /killed/);
        kills += 1;
      }
    }
    assert(kills >= 4, `killed ${kills} times`);
    const store = server.store.at(killed);
    assert.deepEqual([...(await contents(store)).keys()], expected);
    await nothingOf(store, trained);
    assert.equal((await new Datasets(store).images(template.run.dataset.version)).length, 35);
    assert(!existsSync(join(cache, endedEarly)));
    assert(!existsSync(join(cache, square)), 'whose square it is nobody knows');
    for (const [key, isTest] of free) if (isTest) assert(existsSync(join(cache, key)));
    assert(free.some(([key]) => !existsSync(join(cache, key))));
    assert.equal((await new Datasets(store).duplicates(template.run.dataset.version)).length, 0);
  });
});
