/** Local folders brought into a real bucket: whole, as they were digested, and once. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findSource } from '../../activities/ingest/datasetSource.js';
import { bringImages } from '../../client/runs/predictionImages.js';
import { bringSource } from '../../client/folders/source.js';
import { syncFolder } from '../../client/folders/syncFolder.js';
import { uploadFolder } from '../../client/folders/uploadFolder.js';
import { imagesToPredictSchema } from '../../contracts/models/predictions.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { recipes } from '../../contracts/spec/recipes.js';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri } from '../../storage/s3/s3Uri.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';

/** More than goes up in one piece. */
const largeBytes = 33 * 2 ** 20;
const { signal } = new AbortController();

describe('folders in a bucket', { skip: s3Unavailable }, () => {
  let server: S3Server;
  let store: ObjectStore;
  before(async () => {
    server = await startS3Server();
    store = server.store;
  });
  after(() => server.stop());

  function folder(name: string, files: Record<string, string | Buffer>): string {
    const path = join(server.folder, name);
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), content);
    }
    return path;
  }

  async function keysBelow(uri: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list(`${parseS3Uri(uri).key}/`)) keys.push(key);
    return keys;
  }

  for (const [size, length] of [
    ['small', 3],
    ['large', largeBytes],
  ] as const) {
    test(`a ${size} file replaced by one of its size during the upload does not go up under the old digest`, async () => {
      const path = folder(`replaced-${size}`, { 'a/1.jpg': Buffer.alloc(length, 'a'), 'b/2.jpg': 'two' });
      const replace = (content: string) => writeFileSync(join(path, 'a/1.jpg'), Buffer.alloc(length, content));
      let replaced = false;
      const onProgress = (): void => {
        if (!replaced) replace('b');
        replaced = true;
      };
      await assert.rejects(uploadFolder(store, path, { onProgress }), {
        code: 'GW_SOURCE_CHANGED',
        message: /a\/1\.jpg changed/,
      });
      replace('a');
      const { uri, sent } = await uploadFolder(store, path);
      const { key } = parseS3Uri(uri);
      assert.ok(sent >= 1);
      assert.equal((await store.get(`${key}/a/1.jpg`))[0], 'a'.charCodeAt(0));
      assert.equal((await uploadFolder(store, path)).sent, 0, 'nothing is sent twice, in parts or not');
      for await (const upload of store.unfinishedUploads()) assert.fail(`${upload.key} was left in parts`);
    });
  }

  test('the pictures and the list of a prediction are not replaced by another of its id', async () => {
    const path = folder('predicted', { '1.jpg': 'one' });
    const { key } = await bringImages(store, 'twice', [path]);
    const [list, picture] = [await store.get(key), await store.get(objectKeys.predictionInput('twice', 0))];
    writeFileSync(join(path, '1.jpg'), 'another');
    await assert.rejects(bringImages(store, 'twice', [path]), { code: 'GW_CONFLICT' });
    await store.put('elsewhere/1.jpg', 'one');
    await assert.rejects(bringImages(store, 'twice', [store.uri('elsewhere')]), { code: 'GW_CONFLICT' });
    assert.deepEqual(await store.get(key), list);
    assert.deepEqual(await store.get(objectKeys.predictionInput('twice', 0)), picture);
  });

  test('a prediction takes the pictures of a folder and of a prefix by their content, and names what it skips', async () => {
    const jpeg = Buffer.from('\xff\xd8\xff\xe0rest', 'latin1');
    const path = folder('odd-names', { IMG_0001: jpeg, 'a.jfif': jpeg, 'read-me': 'text', 'Thumbs.db': 'x' });
    for (const name of ['IMG_0001', 'a.jfif', 'read-me', '@/.DS_Store', 'empty']) {
      await store.put(`odd-names/${name}`, name === 'read-me' ? 'text' : name === 'empty' ? '' : jpeg);
    }
    const uri = store.uri('odd-names');
    const { key, skipped } = await bringImages(store, 'odd', [path, uri]);
    const { images } = await store.getJson(key, imagesToPredictSchema);
    assert.deepEqual(
      images.map(({ name }) => name),
      [join(path, 'IMG_0001'), join(path, 'a.jfif'), `${uri}/IMG_0001`, `${uri}/a.jfif`],
    );
    assert.deepEqual(skipped, [
      { path: join(path, 'read-me'), reason: 'the content is text' },
      { path: `${uri}/empty`, reason: 'it has no bytes' },
      { path: `${uri}/read-me`, reason: 'the content is text' },
    ]);
    await store.put('papers/notes', 'text');
    await assert.rejects(bringImages(store, 'papers', [store.uri('papers')]), {
      code: 'GW_DATASET_EMPTY',
      message: /notes \(the content is text\)/,
    });
  });

  test('an object with other content of the same size is written anew', async () => {
    const path = folder('foreign', { 'a/1.jpg': 'one', 'b/2.jpg': 'two' });
    const { uri } = await uploadFolder(store, path);
    const key = `${parseS3Uri(uri).key}/a/1.jpg`;
    await store.put(key, 'eno');
    assert.equal((await uploadFolder(store, path)).sent, 1);
    assert.equal((await store.get(key)).toString(), 'one');
  });

  test('of a folder that cannot be seen whole, nothing is sent or deleted', async () => {
    const path = folder('unseen', { 'a/1.jpg': 'one', 'a/2.jpg': 'two' });
    const uri = store.uri('synced');
    await syncFolder(store, path, uri);
    rmSync(join(path, 'a/2.jpg'));
    symlinkSync('x'.repeat(300), join(path, 'a/2.jpg')); // the system refuses to look there (ENAMETOOLONG)
    writeFileSync(join(path, 'a/3.jpg'), 'three');
    await assert.rejects(syncFolder(store, path, uri, { deletes: true }), { code: 'GW_SOURCE_UNREADABLE' });
    assert.deepEqual(await keysBelow(uri), ['synced/a/1.jpg', 'synced/a/2.jpg']);
    rmSync(join(path, 'a/2.jpg'));
    const { sent, deleted } = await syncFolder(store, path, uri, { deletes: true });
    assert.deepEqual([sent, deleted], [1, 1]);
  });

  test('a link that leads nowhere keeps its objects and is named; leftovers are not judged', async () => {
    const path = folder('linked', { 'a/1.jpg': 'one', 'b/2.jpg': 'two' });
    const elsewhere = folder('elsewhere', { '3.jpg': 'three', 'deep/4.jpg': 'four' });
    symlinkSync(join(elsewhere, '3.jpg'), join(path, 'a/3.jpg'));
    symlinkSync(join(elsewhere, 'deep'), join(path, 'c'));
    const uri = store.uri('linked');
    await syncFolder(store, path, uri);
    await store.put('linked/.hidden/x.jpg', 'hidden');
    const before = await keysBelow(uri);
    rmSync(elsewhere, { recursive: true }); // a disk that is not mounted
    rmSync(join(path, 'b/2.jpg'));
    const { deleted, kept, leftOut } = await syncFolder(store, path, uri, { deletes: true });
    assert.deepEqual([deleted, kept], [1, 2]);
    assert.deepEqual(leftOut, [
      { path: 'a/3.jpg', why: 'link' },
      { path: 'c', why: 'link' },
    ]);
    const after = [...before.filter((key) => key !== 'linked/b/2.jpg'), 'linked/b/.keep'];
    assert.deepEqual((await keysBelow(uri)).sort(), after.sort());
    rmSync(join(path, 'c'));
    assert.equal((await syncFolder(store, path, uri, { deletes: true })).deleted, 1);
  });

  test('an empty class folder is known in the bucket; a folder without classes never gets there', async () => {
    const path = folder('gaps', { 'a/1.jpg': '1', 'a/2.jpg': '2', 'b/3.jpg': '3', '@eaDir/1.jpg/t.jpg': 't' });
    mkdirSync(join(path, 'c'));
    const { uri, files } = await uploadFolder(store, path);
    assert.equal(files, 3);
    const { notes } = await findSource(store, datasetSpecSchema.parse({ uri, splits: recipes.default.splits }), signal);
    assert.deepEqual(notes, ['Folders without pictures are not used: "c".']);
    const flat = folder('flat', { '1.jpg': 'one', '2.jpg': 'two' });
    const before = await keysBelow(store.uri('uploads'));
    await assert.rejects(bringSource(store, flat, {}), { code: 'GW_DATASET_INVALID', message: /no class folders/ });
    assert.deepEqual(await keysBelow(store.uri('uploads')), before);
  });

  test('a sync sends what has changed, and a large file once', async () => {
    const path = folder('changing', {
      'a/1.jpg': 'one',
      'a/2.jpg': 'two',
      'a/large.tif': Buffer.alloc(largeBytes, 'l'),
    });
    const uri = store.uri('changing');
    assert.equal((await syncFolder(store, path, uri)).sent, 3);
    assert.equal((await syncFolder(store, path, uri)).sent, 0);
    writeFileSync(join(path, 'a/2.jpg'), 'owt');
    assert.equal((await syncFolder(store, path, uri)).sent, 1);
    assert.equal((await store.get('changing/a/2.jpg')).toString(), 'owt');
  });
});
