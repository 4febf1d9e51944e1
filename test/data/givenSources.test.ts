/** What people gave as their images stays theirs: two names of one content, lists, and what an upload left out. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { ingestDataset } from '../../activities/ingest/ingestDataset.js';
import { givenSource, withSourceNames } from '../../activities/ingest/namedSources.js';
import { bringSource } from '../../client/folders/source.js';
import { syncFolder } from '../../client/folders/syncFolder.js';
import { uploadFolder } from '../../client/folders/uploadFolder.js';
import type { DatasetReference } from '../../contracts/data/dataset.js';
import { GraftworkError } from '../../contracts/errors.js';
import { recipes } from '../../contracts/spec/recipes.js';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { namedSightings, namesAt } from '../../storage/datasets/namedSightings.js';
import { keepRunSource } from '../../storage/datasets/runSources.js';
import { sourceNameOf, sourceNames } from '../../storage/datasets/sourceNames.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri } from '../../storage/s3/s3Uri.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { MemoryS3 } from '../s3/memoryS3.js';

const classes = ['ants', 'bees'];
const ofEach = 10;

describe('what a person gave', () => {
  let root: string;
  /** Folder of two classes. */
  let photos: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'graftwork-given-'));
    photos = join(root, 'photos');
    for (const [label, name] of classes.entries()) {
      await mkdir(join(photos, name), { recursive: true });
      for (let index = 0; index < ofEach; index++) {
        const background = { r: 200 * label, g: 20 * index, b: 128 };
        await sharp({ create: { width: 16, height: 16, channels: 3, background } })
          .png()
          .toFile(join(photos, name, `${index}.png`));
      }
    }
  });
  after(() => rm(root, { recursive: true, force: true }));

  async function ingest(store: ObjectStore, uri: string, run: string): Promise<DatasetReference> {
    const dataset = datasetSpecSchema.parse({ uri, splits: recipes.default.splits });
    const dependencies = dependenciesFor(store, join(root, 'cache'));
    const given = await givenSource(dependencies, run, uri);
    const callbacks = { progress: () => undefined, signal: new AbortController().signal };
    return ingestDataset(dependencies, { dataset, seed: 1 }, callbacks, given === undefined ? {} : { given });
  }

  /** As `train` does it, up to the end of the ingest. */
  async function train(
    store: ObjectStore,
    source: string,
    run: string,
  ): Promise<{ uri: string; dataset: DatasetReference }> {
    const { uri, given } = await bringSource(store, source, {});
    assert(given);
    await keepRunSource(store, run, given);
    return { uri, dataset: await ingest(store, uri, run) };
  }

  async function keysBelow(store: ObjectStore, uri: string): Promise<string[]> {
    const prefix = `${parseS3Uri(uri).key}/`;
    const keys: string[] = [];
    for await (const { key } of store.list(prefix)) keys.push(key.slice(prefix.length));
    return keys;
  }

  /** A list of the first pictures of each class, beside files that are nobody's business. */
  async function listed(name: string): Promise<string> {
    const folder = join(root, name);
    await cp(photos, folder, { recursive: true });
    const lines = classes.flatMap((label) => [0, 1, 2, 3, 4].map((index) => `${label}/${index}.png,${label}`));
    await writeFile(join(folder, 'some.csv'), `path,label\n${lines.join('\n')}\n`);
    for (const other of ['backup.zip', 'salaries.txt', 'others.csv']) await writeFile(join(folder, other), 'private');
    return join(folder, 'some.csv');
  }

  test('two folders of one content: each run and each sighting has the name that was given for it', async () => {
    const store = new MemoryS3().store();
    const copy = join(root, 'copy');
    await cp(photos, copy, { recursive: true });
    const first = await train(store, photos, 'train-1');
    const second = await train(store, copy, 'train-2');
    assert.equal(second.uri, first.uri);
    assert.equal(second.dataset.version, first.dataset.version);
    assert.equal(await sourceNameOf(store, first.uri, 'train-1'), photos);
    assert.equal(await sourceNameOf(store, first.uri, 'train-2'), copy);
    assert.equal(await sourceNameOf(store, first.uri, 'of an earlier version'), copy, 'the latest name, as before');
    const sightings = await new Datasets(store).sightings(first.dataset.version);
    const named = await sourceNames(store, sightings);
    assert.deepEqual(
      namedSightings(sightings, named).map(({ name }) => name),
      [copy, photos],
    );
    assert.deepEqual(namesAt(first.uri, sightings, named), [photos, copy]);
    // Again under the first name: no third sighting.
    await train(store, photos, 'train-3');
    assert.equal((await new Datasets(store).sightings(first.dataset.version)).length, 2);
  });

  test('a failure of the ingest names the folder of its own run', async () => {
    const store = new MemoryS3().store();
    const { uri } = await train(store, photos, 'train-1');
    await uploadFolder(store, photos, { from: 'another name' });
    const failing = () => Promise.reject(new GraftworkError('GW_DATASET_INVALID', `${uri}/ants is odd.`));
    await assert.rejects(withSourceNames({ store }, 'train-1', failing), { message: `${photos}/ants is odd.` });
  });

  test('a sighting that an earlier version wrote is still read, and goes by the name of its address', async () => {
    const store = new MemoryS3().store();
    const { uri } = await uploadFolder(store, photos, { from: 'photos/' });
    const { version } = await ingest(store, uri, 'of an earlier version');
    const sightings = await new Datasets(store).sightings(version);
    assert.deepEqual(
      sightings.map(({ from }) => from),
      [undefined],
    );
    assert.deepEqual(namesAt(uri, sightings, await sourceNames(store, sightings)), ['photos/']);
  });

  test('of a list only itself and its pictures go up, once, whatever else is in its folder', async () => {
    const store = new MemoryS3().store();
    const list = await listed('beside');
    const { uri, upload } = await bringSource(store, list, {});
    const expected = [
      ...classes.flatMap((label) => [0, 1, 2, 3, 4].map((index) => `${label}/${index}.png`)),
      'some.csv',
    ];
    assert.deepEqual(await keysBelow(store, dirname(uri)), expected);
    assert.deepEqual([upload?.files, upload?.sent, upload?.unnamed], [11, 11, 13]);
    await writeFile(join(dirname(list), 'others.csv'), 'edited');
    await rm(join(dirname(list), 'bees/9.png'));
    const again = await bringSource(store, list, {});
    assert.equal(again.uri, uri);
    assert.deepEqual([again.upload?.sent, again.upload?.unnamed], [0, 12]);
  });

  test('a list and its pictures are the same version as in the upload of the whole folder by an earlier version', async () => {
    const store = new MemoryS3().store();
    const list = await listed('whole');
    const whole = await uploadFolder(store, dirname(list));
    const before = await ingest(store, `${whole.uri}/${basename(list)}`, 'of an earlier version');
    const { uri, dataset } = await train(store, list, 'train-1');
    assert.notEqual(dirname(uri), whole.uri);
    assert.equal(dataset.version, before.version);
    assert.equal(await sourceNameOf(store, `${whole.uri}/some.csv`, 'of an earlier version'), list);
  });

  test('pictures of a list that only look like their paths go up, and nothing else that looks like them', async () => {
    const store = new MemoryS3().store();
    const folder = join(root, 'loose');
    await mkdir(join(folder, 'cafe\u0301'), { recursive: true });
    for (const name of ['1.png', '2.png', '2.png '])
      await copyFile(join(photos, 'ants/1.png'), join(folder, 'cafe\u0301', name));
    await writeFile(join(folder, 'm.csv'), 'path,label\ncaf\u00e9\\1.png,a\ncafe\u0301/2.png,b\n');
    const { uri } = await bringSource(store, join(folder, 'm.csv'), {});
    assert.deepEqual(await keysBelow(store, dirname(uri)), ['cafe\u0301/1.png', 'cafe\u0301/2.png', 'm.csv']);
  });

  test('a sync of a list sends the same, names the list, and deletes nothing', async () => {
    const store = new MemoryS3().store();
    const list = await listed('synced');
    const synced = await syncFolder(store, list, store.uri('photos'));
    assert.equal(synced.uri, store.uri('photos/some.csv'));
    assert.deepEqual([synced.files, synced.sent, synced.unnamed], [11, 11, 13]);
    assert.equal((await ingest(store, synced.uri, 'train-1')).classes.length, 2);
    await assert.rejects(syncFolder(store, list, store.uri('photos'), { deletes: true }), { code: 'GW_USAGE' });
  });

  test('a folder that a list does not name need not be readable; one that it names must be', async () => {
    const store = new MemoryS3().store();
    const list = await listed('unseen');
    // The system refuses to look there (ENAMETOOLONG), also for root.
    await symlink('x'.repeat(300), join(dirname(list), 'private'));
    await bringSource(store, list, {});
    await rm(join(dirname(list), 'ants/0.png'));
    await symlink('x'.repeat(300), join(dirname(list), 'ants/0.png'));
    await assert.rejects(bringSource(store, list, {}), { code: 'GW_SOURCE_UNREADABLE', message: /ants\/0\.png/ });
  });

  test('what an upload left out is a note of each run on it, and changes no version', async () => {
    const store = new MemoryS3().store();
    const plain = await train(store, photos, 'train-1');
    assert.deepEqual(plain.dataset.remarks?.filter((remark) => remark.startsWith('Not used')) ?? [], []);
    const odd = join(root, 'odd');
    await cp(photos, odd, { recursive: true });
    await mkdir(Buffer.concat([Buffer.from(`${odd}/`), Buffer.from('B\xe4r', 'latin1')]));
    execFileSync('mkfifo', [join(odd, 'ants/pipe.png')]);
    await symlink('/nowhere/at/all', join(odd, 'bees/gone.png'));
    await copyFile(join(photos, 'ants/1.png'), join(odd, 'ants/.hidden.png'));
    const notes = [
      'Not used: 1 name is not UTF-8 (rename: convmv -t utf8): B\\xe4r/.',
      'Not used: 1 link is broken: bees/gone.png.',
      'Not used: 1 entry is not a regular file: ants/pipe.png.',
      'Not used: 1 picture is hidden (rename: no dot in front): ants/.hidden.png.',
    ];
    for (const run of ['train-2', 'train-3']) {
      const { uri, dataset } = await train(store, odd, run);
      assert.deepEqual(dataset.remarks?.slice(0, notes.length), notes, run);
      assert.deepEqual([uri, dataset.version], [plain.uri, plain.dataset.version]);
    }
  });
});
