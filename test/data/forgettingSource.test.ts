/** Forgetting a picture in sources, uploads and lists, and what becomes of it when one of those is damaged. Nothing is trained. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ingestDataset } from '../../activities/ingest/ingestDataset.js';
import { uploadFolder } from '../../client/folders/uploadFolder.js';
import type { DatasetReference } from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { holdsContent } from '../../storage/forgetting/contentMatch.js';
import { forgetPictures } from '../../storage/forgetting/forgetPictures.js';
import { Tombstones } from '../../storage/forgetting/tombstones.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import {
  assertNothingOf,
  fileAndName,
  forgetOptions,
  forgettingSpec,
  tested,
  tiny,
  trained,
} from './forgettingForTests.js';
import { MemoryS3 } from '../s3/memoryS3.js';
import { callbacks, uploadTree } from '../fixtures/pipeline.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedDataMissing } from '../fixtures/sharedData.js';

const digestOf = async (path: string): Promise<string> => sha256(await readFile(join(tiny, path)));

describe('forgetting in sources', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  before(async () => {
    server = await startS3Server();
  });
  after(() => server.stop());

  let machines = 0;
  function machine(store: ObjectStore): TestDependencies {
    return dependenciesFor(store, join(server.folder, `cache-${machines++}`));
  }

  function ingest(store: ObjectStore, prefix = 'album'): Promise<DatasetReference> {
    const { dataset, seed } = resolveSpec({ ...forgettingSpec, dataset: { uri: store.uri(prefix) } });
    return ingestDataset(machine(store), { dataset, seed }, callbacks());
  }

  const forget = (store: ObjectStore, ...digests: string[]) =>
    forgetPictures(store, { digests: new Set(digests), addresses: new Set() }, forgetOptions());

  test('in a source that keeps it, it is put aside; from a folder it does not go up again', async () => {
    const store = await server.bucket('source');
    await uploadTree(store, tiny, 'album');
    await store.put('album/train/roses/copy.jpg', await readFile(join(tiny, trained)));
    const digest = await digestOf(trained);
    const before = (await ingest(store)).version;
    const datasets = new Datasets(store);
    assert.deepEqual(
      (await datasets.duplicates(before)).map(({ paths }) => paths.length),
      [2],
    );
    const sought = { digests: new Set([digest]), addresses: new Set<string>() };
    const kept = await forgetPictures(store, sought, forgetOptions());
    assert.deepEqual(
      kept?.leftInSources.toSorted(),
      [store.uri('album/train/roses/copy.jpg'), store.uri(`album/${trained}`)].toSorted(),
    );
    assert.deepEqual(await datasets.duplicates(before), []);
    assert.equal((await datasets.images(before)).length, 35);
    await store.delete('album/train/roses/copy.jpg');
    const dataset = await ingest(store);
    assert.equal(dataset.quarantined, 1);
    const [aside] = await datasets.quarantined(dataset.version);
    assert.deepEqual([aside?.path, aside?.reason], [trained, 'forgotten']);

    const gone = await forgetPictures(store, sought, forgetOptions({ deleteSource: true }));
    assert.equal(gone?.changes.sources.deleted, 0, 'by its digest alone nothing leads to the source any more');
    const named = { digests: new Set([digest]), addresses: new Set([store.uri(`album/${trained}`)]) };
    await forgetPictures(store, named, forgetOptions({ deleteSource: true }));
    await assertNothingOf(store, trained, await fileAndName(trained));

    const folder = join(server.folder, 'folder');
    await mkdir(folder, { recursive: true });
    await cp(tiny, folder, { recursive: true });
    const first = await uploadFolder(store, folder);
    assert.deepEqual([first.files, first.sent, first.forgotten], [35, 35, 1]);
    await rm(join(folder, trained));
    const without = await uploadFolder(store, folder);
    assert.deepEqual([without.uri, without.sent, without.forgotten], [first.uri, 0, 0]);
    await assertNothingOf(store, trained, await fileAndName(trained));
  });

  test('a source that is closed by now stops no forgetting, but one that is to delete from it', async () => {
    let isClosed = false;
    const store = new MemoryS3().store('closing', async ({ key }) => {
      if (!isClosed || !key.startsWith('album/')) return 'served';
      throw Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    });
    await uploadTree(store, tiny, 'album');
    await ingest(store);
    isClosed = true;
    const sought = { digests: new Set([await digestOf(trained)]), addresses: new Set<string>() };
    await assert.rejects(forgetPictures(store, sought, forgetOptions({ deleteSource: true })), {
      code: 'GW_S3_CREDENTIALS',
    });
    assert.deepEqual(await new Tombstones(store).list(), []);
    const report = await forgetPictures(store, sought, forgetOptions());
    assert.deepEqual(
      report?.closedSources.map(({ uri }) => uri),
      [store.uri(`album/${trained}`)],
    );
    assert.ok((await new Tombstones(store).list())[0]?.completedAt);
  });

  test('a picture is found by each address at which its version was met, and deleted at all of them', async () => {
    const store = await server.bucket('met');
    for (const prefix of ['album', 'copy']) await uploadTree(store, tiny, prefix);
    const { version } = await ingest(store);
    assert.equal((await ingest(store, 'copy')).version, version);
    const keys = [`album/${trained}`, `copy/${trained}`];
    const sought = { digests: new Set<string>(), addresses: new Set([store.uri(`copy/${trained}`)]) };
    const kept = await forgetPictures(store, sought, forgetOptions({ dryRun: true, deleteSource: true }));
    assert.equal(kept?.changes.sources.deleted, 2);
    await forgetPictures(store, sought, forgetOptions({ deleteSource: true }));
    for (const key of keys) assert.equal(await store.exists(key), false, key);
    await assertNothingOf(store, trained, await fileAndName(trained));
  });

  test('what an earlier command was stopped at is found whatever its size', async () => {
    const store = await server.bucket('stopped');
    const left = `${objectKeys.upload('b'.repeat(64))}/mine.jpg`;
    await store.put(left, 'a file that no version holds');
    await new Tombstones(store).put(sha256('a file that no version holds'), { by: 'a test', reason: null });
    const another = { digests: new Set([sha256('another')]), addresses: new Set<string>() };
    await forgetPictures(store, another, forgetOptions({ sizes: new Set(['another'.length]) }));
    assert.equal(await store.exists(left), false);
    assert.deepEqual(await new Tombstones(store).unfinished(), new Set());
  });

  test('a damaged tombstone still keeps its picture out, and naming the picture again repairs it', async () => {
    const store = await server.bucket('tombstone');
    const [digest, tombstones] = [sha256('a picture'), new Tombstones(store)];
    await store.put(objectKeys.tombstone(digest), 'damaged');
    await assert.rejects(tombstones.list(), { code: 'GW_CORRUPT', remedy: new RegExp(`datasets forget ${digest}`) });
    assert.deepEqual(await tombstones.digests(), new Set([digest]));
    await forget(store, digest);
    assert.notEqual((await tombstones.list())[0]?.completedAt, null);
  });

  test('a damaged list is reported before anything is done, and the remedy repairs it, before and after a forgetting', async () => {
    const store = await server.bucket('lists');
    await uploadTree(store, tiny, 'album');
    const { version } = await ingest(store);
    const deleteVersion = async () => {
      for await (const { key } of store.list(`datasets/${version}/`)) await store.delete(key);
    };
    const remedy = new RegExp(`delete everything below ${store.uri(`datasets/${version}/`)}`);
    await store.put(objectKeys.datasetQuarantine(version), '');
    await store.put(objectKeys.datasetDuplicates(version), '{}');
    await assert.rejects(forget(store, await digestOf(trained)), { code: 'GW_CORRUPT' });
    await store.put(
      objectKeys.datasetDuplicates(version),
      `${JSON.stringify({ kind: 'exact', paths: ['a', 'b'], acrossSplits: false, acrossClasses: false })}\n`,
    );
    await assert.rejects(forget(store, await digestOf(trained)), { code: 'GW_CORRUPT', remedy });
    assert.deepEqual(await new Tombstones(store).digests(), new Set());
    await deleteVersion();
    assert.equal((await ingest(store)).version, version);
    assert.deepEqual((await forget(store, await digestOf(trained)))?.retired, [version]);

    await store.put(objectKeys.datasetImages(version), '');
    await assert.rejects(forget(store, await digestOf(tested)), { code: 'GW_CORRUPT', remedy });
    await deleteVersion();
    await forget(store, await digestOf(tested));
    assert.equal((await new Tombstones(store).list()).length, 2);
  });

  test('an object that is gone since it was listed holds nothing', async () => {
    const content = { digests: new Set(['']), sizes: undefined };
    assert.equal(await holdsContent(server.store, { key: 'uploads/gone', size: 1 }, content), false);
  });
});

test(
  'an ingest that a forgetting at another address crosses makes the version without the picture by itself',
  { skip: sharedDataMissing },
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'graftwork-crossing-'));
    const s3 = new MemoryS3();
    const plain = s3.store();
    for (const prefix of ['one', 'two']) await uploadTree(plain, tiny, prefix);
    const ingestOf = (store: ObjectStore, prefix: string) => {
      const { dataset, seed } = resolveSpec({ ...forgettingSpec, dataset: { uri: store.uri(prefix) } });
      return ingestDataset(dependenciesFor(store, home), { dataset, seed }, callbacks());
    };
    const { version } = await ingestOf(plain, 'one');
    let crossed = false;
    const crossing = s3.store(plain.bucket, async ({ operation, key }) => {
      // The tombstones were looked at, and the version is about to be written.
      if (!crossed && operation === 'HeadObject' && key === objectKeys.datasetManifest(version)) {
        crossed = true;
        const sought = { digests: new Set([await digestOf(trained)]), addresses: new Set<string>() };
        assert.deepEqual((await forgetPictures(plain, sought, forgetOptions()))?.retired, [version]);
      }
      return 'served';
    });
    const made = await ingestOf(crossing, 'two');
    assert.ok(crossed);
    assert.notEqual(made.version, version);
    assert.equal(made.quarantined, 1);
    await new Datasets(plain).trainable(made.version);
    await rm(home, { recursive: true, force: true });
  },
);
