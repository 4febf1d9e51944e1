/** Which test pictures the model that a run started from has met: asked of a real bucket. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sourceLeaks } from '../client/report/sourceLeaks.js';
import type { DatasetManifest, ImageEntry, Split } from '../contracts/dataset.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { Datasets } from '../storage/datasets.js';
import { ModelRegistry } from '../storage/modelRegistry.js';
import { card } from './cardForTests.js';
import { s3Unavailable, startS3Server, type S3Server } from './s3Server.js';

const digest = (digit: string): string => digit.repeat(64);

describe('leaks of the source', { skip: s3Unavailable }, () => {
  let server: S3Server;
  before(async () => {
    server = await startS3Server();
  });
  after(() => server.stop());

  /** A version of these pictures: each the digit of its digest, and its split. */
  async function dataset(version: string, pictures: readonly [mark: string, split: Split][]): Promise<DatasetManifest> {
    const none = { train: [0, 0], validation: [0, 0], test: [0, 0] };
    const images = pictures.map(([mark, split]): ImageEntry => {
      const place = { path: `${split}/${mark}.jpg`, bucket: 'b', key: `${split}/${mark}.jpg`, etag: '' };
      const size = { bytes: 1, width: 1, height: 1 };
      return { ...place, ...size, sha256: digest(mark), perceptualHash: '0'.repeat(16), label: 0, split };
    });
    return new Datasets(server.store).write({
      manifest: {
        ...{ format: 1, version: digest(version), uri: 's3://b/p', createdAt: '2026-01-01T00:00:00.000Z' },
        classes: ['ants', 'bees'],
        counts: { train: 0, validation: 0, test: 0 },
        classCounts: none,
        splitOrigin: { train: 'a folder', validation: 'a folder', test: 'a folder' },
        ...{ quarantined: 0, quarantineReasons: {} },
        duplicates: { exact: 0, near: 0, acrossSplits: 0, acrossClasses: 0 },
      },
      images,
      quarantined: [],
      duplicates: [],
    });
  }

  async function model(name: string, version: string, weights?: string): Promise<void> {
    const base = card(name, `run-of-${name}`, 1);
    const backbone = weights === undefined ? base.backbone : { ...base.backbone, weights };
    await new ModelRegistry(server.store).register(name, base.run, () => ({
      ...base,
      backbone,
      dataset: { ...base.dataset, version: digest(version) },
    }));
  }

  test('what it or a model before it was trained or validated on, as long as their lists are there', async () => {
    await dataset('a', [
      ['1', 'train'],
      ['2', 'validation'],
      ['3', 'test'],
    ]);
    await dataset('b', [['4', 'train']]);
    const own = await dataset('c', [
      ['1', 'test'],
      ['2', 'test'],
      ['3', 'test'],
      ['4', 'test'],
      ['5', 'train'],
    ]);
    await model('first', 'a');
    await model('second', 'b', 'model:first@1');
    const notes: string[] = [];
    const ask = async (name: string, manifest = own) => {
      const { paths, isWhole } = await sourceLeaks(server.store, name, manifest, (note) => notes.push(note));
      return [[...paths], isWhole];
    };
    assert.deepEqual(await ask('first@1'), [['test/1.jpg', 'test/2.jpg'], true]);
    assert.deepEqual(await ask('second@1'), [['test/1.jpg', 'test/2.jpg', 'test/4.jpg'], true]);
    assert.deepEqual(notes, []);
    const redactions = [{ sha256: digest('9'), split: 'test' as const, label: 0, position: 0, bytes: 1 }];
    assert.deepEqual(await ask('first@1', { ...own, redactions }), [['test/1.jpg', 'test/2.jpg'], false]);
    await server.store.delete(objectKeys.datasetManifest(digest('a')));
    assert.deepEqual(await ask('second@1'), [['test/4.jpg'], false]);
    assert.match(notes.join(), /What first@1 was trained on is not known any more: There is no dataset version a/);
    await assert.rejects(ask('third@1'), { code: 'GW_MODEL_NOT_FOUND' });
  });
});
