import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../../storage/objects/contentKey.js';
import { Tombstones } from '../../storage/forgetting/tombstones.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { notThereText } from './leftOut.js';
import { syncFolder } from './syncFolder.js';

test('nothing is put, or deleted, where Graftwork stores its own objects', async () => {
  const store = new ObjectStore('graftwork');
  for (const prefix of ['models', 'models/birds/', 'forgotten/x', 'uploads', 'runs', 'datasets/photos']) {
    await assert.rejects(
      syncFolder(store, '.', `s3://graftwork/${prefix}`, { deletes: true }),
      { code: 'GW_USAGE', exitCode: 2, message: /its own objects/ },
      prefix,
    );
  }
});

test('of a list, pictures that are not there are named; where none is there, the list is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-sync-'));
  try {
    const store = new MemoryS3().store();
    await mkdir(join(folder, 'pics'));
    await writeFile(join(folder, 'pics/a.png'), 'a');
    await symlink('/nowhere/at/all', join(folder, 'pics/gone.png'));
    const list = join(folder, 'list.csv');
    const lines = ['pics/a.png', 'pics/x.png', 'pics/gone.png', 's3://other/b.png'].map((path) => `${path},a\n`);
    await writeFile(list, `path,label\n${lines.join('')}`);
    const { missing, leftOut, files } = await syncFolder(store, list, store.uri('photos'));
    assert.deepEqual([files, missing], [2, [{ path: 'pics/x.png', line: 3 }]]);
    assert.deepEqual(leftOut, [{ path: 'pics/gone.png', why: 'link' }]);
    assert.equal(notThereText(missing), 'it is not there: pics/x.png (line 3)');
    const many = ['1', '2', '3', '4'].map((path, line) => ({ path, line }));
    assert.equal(notThereText(many), 'they are not there: 1 (line 0), 2 (line 1), 3 (line 2) and 1 more');
    await writeFile(list, 'path,label\na.png,a\npics/b.png,b\n');
    await assert.rejects(syncFolder(store, list, store.uri('none')), {
      code: 'GW_DATASET_EMPTY',
      exitCode: 2,
      message: /names 2 files, and none of them exists in .*"a\.png" \(line 2; there is "pics\/a\.png"\)/,
    });
    for await (const { key } of store.list('none/')) assert.fail(`${key} was sent`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('what was forgotten is not sent again, whatever its name is now', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-sync-'));
  try {
    const store = new MemoryS3().store();
    await writeFile(join(folder, 'a.png'), 'a');
    await writeFile(join(folder, 'b.png'), 'b');
    await new Tombstones(store).put(sha256('a'), { by: 'ann', reason: null });
    const { sent, forgotten } = await syncFolder(store, folder, store.uri('photos'));
    assert.deepEqual([sent, forgotten], [1, 1]);
    assert.equal(await store.exists('photos/a.png'), false);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
