/** Flipped bits in the objects of a dataset version: each is healed by the next run, or reported with a remedy that works. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ingestDataset } from '../../activities/ingest/ingestDataset.js';
import { planRun } from '../../activities/plan/planRun.js';
import { readSplits } from '../../activities/plan/splitImages.js';
import type { DatasetReference } from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { Drawing } from '../../learning/dataset/splits/splits.js';
import { thresholdDraw } from '../../learning/dataset/splits/thresholdDraw.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { retireVersion, rewriteImages } from '../../storage/forgetting/retireVersion.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { digest, writeDataset } from '../fixtures/modelsForTests.js';
import { callbacks, uploadTree } from '../fixtures/pipeline.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('damaged dataset versions', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let store: ObjectStore;
  let spec: RunSpec;
  let first: DatasetReference;
  let count = 0;

  before(async () => {
    server = await startS3Server();
  });
  after(() => server.stop());

  beforeEach(async () => {
    count += 1;
    store = await server.bucket(`damaged-${count}`);
    await uploadTree(store, sharedData('datasets/tiny'), 'tiny');
    // Something to put aside, and something that is there twice.
    await store.put('tiny/train/roses/broken.jpg', 'no picture');
    await store.put('tiny/train/roses/twice.jpg', await anyPhoto());
    spec = resolveSpec({ ...tinySpec, name: 'tiny', dataset: { uri: store.uri('tiny') } });
    first = await ingest(machine());
  });

  /** A machine with nothing cached. */
  function machine(): TestDependencies {
    count += 1;
    return dependenciesFor(store, join(server.folder, String(count)));
  }

  async function anyPhoto(): Promise<Buffer> {
    for await (const { key } of store.list('tiny/train/')) if (/\d\w+\.jpg$/.test(key)) return store.get(key);
    throw new Error('there is no photo');
  }

  const ingest = (dependencies: TestDependencies): Promise<DatasetReference> =>
    ingestDataset(dependencies, { dataset: spec.dataset, seed: spec.seed }, callbacks());

  /** The beginning of a run. */
  async function begin(): Promise<{ version: string; plan: string; warnings: string[] }> {
    const dependencies = machine();
    const dataset = await ingest(dependencies);
    const { digest: plan } = await planRun(dependencies, { spec, dataset }, callbacks());
    return { version: dataset.version, plan, warnings: dependencies.warnings.map(({ message }) => message) };
  }

  async function keysBelow(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list(prefix)) keys.push(key);
    return keys;
  }

  async function flipBit(key: string): Promise<void> {
    const bytes = await store.get(key);
    const at = Math.floor(bytes.length * 0.6);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await store.put(key, bytes);
  }

  /** Reads everything there is of the version, as `datasets show` does. */
  async function readWhole(version: string): Promise<number> {
    const datasets = new Datasets(store);
    await datasets.manifest(version);
    assert.equal((await datasets.quarantined(version)).length, 1);
    assert((await datasets.duplicates(version)).length > 0);
    return (await datasets.images(version)).length;
  }

  const objects: [name: string, key: () => string][] = [
    ['manifest', () => objectKeys.datasetManifest(first.version)],
    ['list of images', () => objectKeys.datasetImages(first.version)],
    ['list of files put aside', () => objectKeys.datasetQuarantine(first.version)],
    ['list of duplicates', () => objectKeys.datasetDuplicates(first.version)],
  ];

  test('the next run heals one flipped bit in any object of its version', async () => {
    const undisturbed = await begin();
    assert.deepEqual(undisturbed.warnings, []);
    const images = await readWhole(first.version);
    for (const [name, key] of objects) {
      await flipBit(key());
      const healed = await begin();
      assert.deepEqual([healed.version, healed.plan], [first.version, undisturbed.plan], name);
      assert.equal(await readWhole(first.version), images, name);
      assert.match(healed.warnings.join(), /ingested again/, name);
      assert.deepEqual((await begin()).warnings, [], `${name}: healed once and for all`);
    }
  });

  test('the next run heals a version of which every object is damaged, and one of which every object is gone', async () => {
    const { plan } = await begin();
    const damage: ((key: string) => Promise<void>)[] = [flipBit, (key) => store.delete(key)];
    for (const one of damage) {
      for (const key of await keysBelow('datasets/')) await one(key);
      assert.deepEqual(await begin().then((run) => [run.version, run.plan]), [first.version, plan]);
      await readWhole(first.version);
    }
  });

  test('a version that 0.1.0 drew is healed with the splits it had, and the next run draws as today', async () => {
    const asBefore: Drawing = (pool, drawn) => Promise.resolve(thresholdDraw(pool, { ...drawn, seed: spec.seed }));
    const options = { anew: true, drawing: asBefore };
    const { version } = await ingestDataset(
      machine(),
      { dataset: spec.dataset, seed: spec.seed },
      callbacks(),
      options,
    );
    assert.notEqual(version, first.version);
    const images = await readWhole(version);
    const { validation } = await readSplits(machine(), { datasetVersion: version, spec }, callbacks().signal);
    for (const key of [objectKeys.datasetImages(version), objectKeys.datasetManifest(version)]) {
      await flipBit(key);
      const healed = await readSplits(machine(), { datasetVersion: version, spec }, callbacks().signal);
      assert.deepEqual([...healed.validation], [...validation]);
      assert.equal(await readWhole(version), images);
      assert.equal('drawn' in (await new Datasets(store).manifest(version)), false);
    }
    assert.equal((await begin()).version, first.version);
  });

  test('what was drawn for a source that has grown is read from its versions when its ledger is damaged', async () => {
    for (const extra of ['one', 'two', 'three', 'four', 'five', 'six']) {
      await store.put(`tiny/train/roses/${extra}.jpg`, Buffer.concat([await anyPhoto(), Buffer.from(extra)]));
      await ingest(machine());
    }
    const { version } = await ingest(machine());
    for (const key of await keysBelow('datasets/splits/')) await flipBit(key);
    for (const key of await keysBelow('datasets/listings/')) await store.delete(key);
    const dependencies = machine();
    assert.equal((await ingest(dependencies)).version, version);
    assert.match(dependencies.warnings.map(({ message }) => message).join(), /record of earlier splits is damaged/);
  });

  test('an ingest replaces damaged inspections and a damaged listing', async () => {
    for (const key of [...(await keysBelow('datasets/inspections/')), ...(await keysBelow('datasets/listings/'))]) {
      await flipBit(key);
    }
    const dependencies = machine();
    assert.equal((await ingest(dependencies)).version, first.version);
    assert.equal(dependencies.warnings.length, 2);
    await store.put('tiny/train/roses/broken.jpg', 'no picture, longer');
    const later = machine();
    assert.notEqual((await ingest(later)).version, first.version);
    assert.deepEqual(later.warnings, []);
  });

  test('a run whose version is damaged and whose source has changed fails with a remedy that works', async () => {
    await flipBit(objectKeys.datasetImages(first.version));
    await store.put('tiny/train/roses/another.jpg', Buffer.concat([await anyPhoto(), Buffer.from('another')]));
    const dataset = { datasetVersion: first.version, spec };
    let next = '';
    await assert.rejects(readSplits(machine(), dataset, callbacks().signal), (thrown: Error & { remedy?: string }) => {
      assert.equal('code' in thrown && thrown.code, 'GW_CORRUPT');
      assert.match(thrown.message, /images\.jsonl.* has changed since/);
      next = /Start the run again.*dataset version ([0-9a-f]{64})/.exec(thrown.remedy ?? '')?.[1] ?? '';
      return true;
    });
    await assert.rejects(planRun(machine(), { spec, dataset: first }, callbacks()), { code: 'GW_CORRUPT' });
    const { version, warnings } = await begin();
    assert.equal(version, next);
    assert.deepEqual(warnings, []);
  });

  test('a run whose version is damaged and whose source is gone fails with both facts', async () => {
    await flipBit(objectKeys.datasetImages(first.version));
    for (const key of await keysBelow('tiny/')) await store.delete(key);
    await assert.rejects(readSplits(machine(), { datasetVersion: first.version, spec }, callbacks().signal), {
      code: 'GW_CORRUPT',
      message: /images\.jsonl.* There is nothing at s3:/,
    });
  });

  test('twelve readers that find the damage at the same time all get the images', async () => {
    await flipBit(objectKeys.datasetImages(first.version));
    await flipBit(objectKeys.datasetManifest(first.version));
    const readers = Array.from({ length: 12 }, () =>
      readSplits(machine(), { datasetVersion: first.version, spec }, callbacks().signal),
    );
    const lengths = (await Promise.all(readers)).map(({ train, validation, test: tested }) =>
      [train, validation, tested].reduce((sum, { length }) => sum + length, 0),
    );
    assert.deepEqual(new Set(lengths), new Set([await readWhole(first.version)]));
  });

  /** Does something else just before the `nth` write below the prefix. */
  class Interrupted extends ObjectStore {
    private writes = 0;
    constructor(
      private readonly nth: number,
      private readonly meanwhile: () => Promise<void>,
    ) {
      super(store.bucket, store.connection);
    }

    override async putPieces(...args: Parameters<ObjectStore['putPieces']>): Promise<string> {
      await this.count();
      return super.putPieces(...args);
    }

    override async putJson(...args: Parameters<ObjectStore['putJson']>): Promise<string> {
      await this.count();
      return super.putJson(...args);
    }

    private async count(): Promise<void> {
      this.writes += 1;
      if (this.writes === this.nth) await this.meanwhile();
    }
  }

  test('an ingest that crosses a forgetting overwrites neither the retired manifest nor the rewritten list', async () => {
    for (const nth of [1, 2, 3, 4]) {
      const version = String(nth);
      const pictures: Parameters<typeof writeDataset>[2] = [
        ['a', 'train'],
        ['b', 'test'],
      ];
      const made = await writeDataset(store, version, pictures);
      // The same pictures at another address, of which another run makes the same version.
      const other = new Interrupted(nth, async () => {
        await writeDataset(store, version, pictures);
        await retireVersion(store, digest(version), new Set([digest('a')]));
        await rewriteImages(store, await new Datasets(store).manifest(digest(version)));
      });
      // Lists that have to be written, which else stay as they are.
      await store.put(objectKeys.datasetImages(made.version), 'damaged');
      await store.put(objectKeys.datasetQuarantine(made.version), 'damaged');
      await store.put(objectKeys.datasetDuplicates(made.version), 'damaged');
      // The fourth is the manifest, which stays as it is while it names the lists.
      if (nth === 4) await store.put(objectKeys.datasetManifest(made.version), 'damaged');
      const written = await writeDataset(other, version, pictures, { uri: 's3://b/elsewhere' });
      assert.deepEqual(
        written.redactions?.map(({ sha256 }) => sha256),
        [digest('a')],
        `before write ${nth}`,
      );
      const left = await new Datasets(store).images(made.version);
      assert.deepEqual(
        left.map(({ sha256 }) => sha256),
        [digest('b')],
        `before write ${nth}`,
      );
    }
  });
});
