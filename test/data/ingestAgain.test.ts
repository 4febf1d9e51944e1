/** What an ingest need not do again: files it has looked into, whether it was killed, or ran to its end and files were added. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { ingestDataset } from '../../activities/ingest/ingestDataset.js';
import type { ImageEntry } from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { recipes } from '../../contracts/spec/recipes.js';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import type { Progress } from '../../contracts/spec/stages/training.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('ingest again', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let store: ObjectStore;
  let photo: Buffer;

  before(async () => {
    server = await startS3Server();
    store = server.store;
    photo = await readFile(sharedData('bad-inputs/ok-plain.jpg'));
  });
  after(() => server.stop());

  /** Images `from` to `to` of a source, in two classes; the bytes behind a JPEG's end make each another one. */
  async function put(source: string, from: number, to: number): Promise<void> {
    const numbers = Array.from({ length: to - from }, (_, index) => from + index);
    await Promise.all(
      numbers.map((number) =>
        store.put(
          `${source}/${number % 2 === 0 ? 'even' : 'odd'}/${number}.jpg`,
          Buffer.concat([photo, Buffer.from(`${number}`)]),
        ),
      ),
    );
  }

  async function ingest(
    source: string,
    signal = new AbortController().signal,
    onProgress: (progress: Progress) => void = () => undefined,
  ): Promise<{ version: string; known: number; done: number; dependencies: TestDependencies }> {
    const dataset = datasetSpecSchema.parse({ uri: store.uri(source), splits: recipes.default.splits });
    const dependencies = dependenciesFor(store, server.folder);
    const seen: Progress[] = [];
    const progress = (update: Progress): void => {
      seen.push(update);
      onProgress(update);
    };
    const { version } = await ingestDataset(dependencies, { dataset, seed: 1 }, { progress, signal });
    return { version, known: seen[0]?.done ?? 0, done: seen.at(-1)?.done ?? 0, dependencies };
  }

  async function parts(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list('datasets/inspections/')) keys.push(key);
    return keys;
  }

  test('an ingest that is stopped half-way goes on from there', async () => {
    await put('stopped', 0, 120);
    const controller = new AbortController();
    const stop = ({ done }: Progress): void => {
      if (done === 60) controller.abort(new Error('the worker is asked to stop'));
    };
    await assert.rejects(ingest('stopped', controller.signal, stop));
    const { known, done } = await ingest('stopped');
    assert(known >= 60, `${known} were known`);
    assert.equal(done, 120);
  });

  test('of a source that grows only what is new is read; what is remembered is kept tidy', async () => {
    const before = new Set(await parts());
    await put('growing', 0, 40);
    await ingest('growing');
    for (let round = 0; round < 25; round += 1) {
      await put('growing', 40 + round, 41 + round);
      const { known, done } = await ingest('growing');
      assert.equal(known, 40 + round);
      assert.equal(done, 41 + round);
    }
    const own = (await parts()).filter((key) => !before.has(key));
    assert(own.length <= 19, `${own.length} parts`);
  });

  test('a damaged part costs reading its files again, and is replaced', async () => {
    const before = new Set(await parts());
    await put('damaged', 0, 30);
    const { version } = await ingest('damaged');
    const [part = ''] = (await parts()).filter((key) => !before.has(key));
    await store.put(part, Buffer.from('{"damaged":true}'));
    await put('damaged', 30, 31);
    const grown = await ingest('damaged');
    assert.notEqual(grown.version, version);
    assert.equal(grown.known, 0);
    assert.match(grown.dependencies.warnings[0]?.message ?? '', /inspected again/);
    await store.delete('damaged/even/30.jpg');
    await put('damaged', 31, 32);
    assert.equal((await ingest('damaged')).known, 30);
  });

  test('a damaged manifest hides no other version from a list that reports it', async () => {
    await put('sound', 0, 12);
    const { version } = await ingest('sound');
    await put('broken', 20, 32);
    const broken = (await ingest('broken')).version;
    await store.put(objectKeys.datasetManifest(broken), Buffer.from('damaged'));
    const damaged: string[] = [];
    const listed = await new Datasets(store).list((one) => damaged.push(one));
    assert.deepEqual(damaged, [broken]);
    assert.ok(listed.some((one) => one.version === version));
    await assert.rejects(new Datasets(store).list(), { code: 'GW_CORRUPT' });
    await store.delete(objectKeys.datasetManifest(broken));
  });

  test('of a large file that is no picture only the beginning is read, of a large picture everything', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const large = await sharp({ create: { width: 900, height: 700, channels: 3, background: '#888', noise } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    assert(large.length > 2 ** 20);
    await put('large', 0, 20);
    await store.put('large/odd/photo.png', large);
    await store.put('large/odd/film.jpg', Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(3 * 2 ** 20)]));
    const datasets = new Datasets(store);
    const { version } = await ingest('large');
    const photos = (await datasets.images(version)).filter(({ path }) => path === 'odd/photo.png');
    assert.deepEqual(
      photos.map(({ sha256, width }) => [sha256, width]),
      [[createHash('sha256').update(large).digest('hex'), 900]],
    );
    assert.deepEqual(await datasets.quarantined(version), [
      { path: 'odd/film.jpg', bytes: 3 * 2 ** 20 + 9, reason: 'format-not-accepted', detail: 'a PDF file' },
    ]);
  });

  test('a long list of images is written and read in pieces, and one changed byte of it is noticed', async () => {
    const datasets = new Datasets(store);
    const entry = (index: number): ImageEntry => {
      const sha256 = createHash('sha256').update(`${index}`).digest('hex');
      const path = `class ${index % 3}/${'ü'.repeat(40)}-${index}.jpg`;
      return {
        ...{ path, bucket: 'b', key: `photos/${path}`, etag: sha256.slice(0, 32), sha256, bytes: index },
        ...{ width: 9, height: 9, perceptualHash: sha256.slice(0, 16), label: index % 3, split: 'train' },
      };
    };
    const count = 32_000;
    const version = 'e'.repeat(64);
    const images: Iterable<ImageEntry> = {
      *[Symbol.iterator]() {
        for (let index = 0; index < count; index += 1) yield entry(index);
      },
    };
    const manifest = await datasets.manifest((await ingest('damaged')).version);
    const lists = { images, quarantined: [], duplicates: [] };
    await datasets.write({ manifest: { ...manifest, version, uri: 's3://b/photos' }, ...lists });
    let read = 0;
    for await (const image of datasets.eachImage(version)) {
      if (read % 1000 === 0) assert.deepEqual(image, entry(read));
      read += 1;
    }
    assert.equal(read, count);

    const key = objectKeys.datasetImages(version);
    const bytes = await store.get(key);
    assert(bytes.length > 12e6);
    bytes.write('8', bytes.lastIndexOf('"width":9') + 8);
    await store.put(key, bytes);
    const readAll = async (): Promise<void> => {
      for await (const image of datasets.eachImage(version)) assert(image.width > 0);
    };
    await assert.rejects(readAll(), { code: 'GW_CORRUPT' });
  });
});
