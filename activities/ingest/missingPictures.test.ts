/** Lists that name pictures which are not there, on an S3 server in memory. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bringSource } from '../../client/folders/source.js';
import type { RunSource } from '../../contracts/run/runSource.js';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import { Tombstones } from '../../storage/forgetting/tombstones.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { findSource } from './datasetSource.js';

async function find(store: ObjectStore, uri: string, given?: RunSource) {
  const dataset = datasetSpecSchema.parse({ uri, splits: { validation: 0.15, test: 0.2 } });
  return findSource(store, dataset, new AbortController().signal, given);
}

async function found(objects: readonly string[], lines: readonly string[]) {
  const store = new MemoryS3().store('photos');
  for (const key of objects) await store.put(key, Buffer.from(key));
  await store.put('set/list.csv', Buffer.from(['path,label', ...lines].join('\n')));
  return find(store, 's3://photos/set/list.csv');
}

test('a missing picture is put aside with its line, and a near one is named', async () => {
  const { unusable, notes, files } = await found(['set/images/a.jpg', 'set/b.jpg'], ['imgs/a.JPG,a', 'b.jpg,b']);
  assert.equal(files.length, 1);
  const detail = 'line 2 of list.csv: there is no such picture';
  assert.deepEqual(unusable, [{ path: 'imgs/a.JPG', bytes: 0, reason: 'unreadable', detail, near: 'images/a.jpg' }]);
  assert.deepEqual(notes, [
    's3://photos/set/list.csv line 2: there is no picture "imgs/a.JPG" in s3://photos/set, but there is "images/a.jpg". ' +
      'Correct the line, or add the picture.',
  ]);
});

test('several are counted, the first are named; a listed picture is not offered', async () => {
  const { notes } = await found(
    ['set/cat/1.jpg', 'set/2.png', 'set/b.jpg'],
    ['b.jpg,b', 'cat/1.jpg,b', 'dog/1.jpg,a', '2,a', 's3://photos/other/3.jpg,b', '4.jpg,a'],
  );
  assert.deepEqual(notes, [
    '4 pictures of s3://photos/set/list.csv are not there: "dog/1.jpg" (line 4), "2" (line 5; there is "2.png"), ' +
      '"s3://photos/other/3.jpg" (line 6) and 1 more. Correct these lines, or add the pictures.',
  ]);
});

test('where none is there, the refusal names lines and a path that is', async () => {
  await assert.rejects(found(['set/images/a.jpg'], ['a.jpg,a', 'b.jpg,b']), {
    code: 'GW_DATASET_EMPTY',
    message:
      's3://photos/set/list.csv names 2 files, and none of them exists in s3://photos/set: ' +
      '"a.jpg" (line 2; there is "images/a.jpg"), "b.jpg" (line 3).',
    remedy: /for example "images\/a\.jpg"/,
  });
});

test('of an uploaded list, the files of its folder that were not sent are offered, by its name of this run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-missing-'));
  try {
    const store = new MemoryS3().store();
    await mkdir(join(folder, 'images'));
    for (const name of ['images/a.png', 'images/b.png', 'images/c.md', 'd.png'])
      await writeFile(join(folder, name), name);
    const list = join(folder, 'list.csv');
    await writeFile(list, 'path,label\nimgs/a.PNG,a\nimages/c,a\nimages/b.png,b\n');
    const { uri, given, upload } = await bringSource(store, list, {});
    assert.deepEqual([upload?.files, upload?.unnamed, given?.near], [2, 3, ['images/a.png']]);
    await bringSource(store, list, { from: 'another name' });
    const { notes } = await find(store, uri, given);
    assert.deepEqual(notes, [
      `2 pictures of ${list} are not in ${folder}: "imgs/a.PNG" (line 2; there is "images/a.png"), "images/c" (line 3). ` +
        'Correct these lines, or add the pictures.',
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a picture that was forgotten is called forgotten', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-missing-'));
  try {
    const store = new MemoryS3().store();
    await mkdir(join(folder, 'img'));
    for (const name of ['a', 'b']) await writeFile(join(folder, 'img', `${name}.png`), name);
    const list = join(folder, 'list.csv');
    await writeFile(list, 'path,label\nimg/a.png,a\nimg/b.png,b\nimg/c.png,b\n');
    await new Tombstones(store).put(sha256('a'), { by: 'ann', reason: null });
    const { uri } = await bringSource(store, list, {});
    const { unusable, notes } = await find(store, uri);
    assert.deepEqual(
      unusable.map(({ path, reason }) => `${path} ${reason}`),
      ['img/a.png forgotten', 'img/c.png unreadable'],
    );
    assert.deepEqual(notes, [
      `${list} line 4: there is no picture "img/c.png" in ${folder}. Correct the line, or add the picture.`,
      `The picture on line 2 of ${list} was forgotten and is not used.`,
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
