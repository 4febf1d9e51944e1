/** Lists of images on this machine, brought to an S3 server in memory. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { bringSpec, checkRequest } from '../runs/sourceSpec.js';
import { listNamed } from './localList.js';
import { bringSource } from './source.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graftwork-list-'));
  await mkdir(join(folder, 'img'));
  for (const name of ['a.png', 'b.png']) await writeFile(join(folder, 'img', name), name);
});
after(() => rm(folder, { recursive: true, force: true }));

async function bring(name: string, text: string): Promise<{ uri: string; store: ObjectStore }> {
  const file = join(folder, name);
  await writeFile(file, text);
  const store = new MemoryS3().store();
  try {
    return { ...(await bringSource(store, file, {})), store };
  } catch (thrown) {
    for await (const { key } of store.list('')) assert.fail(`${key} was sent`);
    throw thrown;
  } finally {
    await rm(file);
  }
}

test('a list brings its pictures, also where its paths are absolute', async () => {
  const { uri, store } = await bring('m.tsv', `path\tlabel\n${folder}/img/a.png\ta\nimg\\b.png\tb\n`);
  assert.match(uri, /^s3:\/\/graftwork\/uploads\/[0-9a-f]{64}\/m\.tsv$/);
  const keys: string[] = [];
  const folderKey = uri.slice('s3://graftwork/'.length, -'m.tsv'.length);
  for await (const { key } of store.list(folderKey)) keys.push(key.slice(folderKey.length));
  assert.deepEqual(keys, ['img/a.png', 'img/b.png', 'm.tsv']);
});

test('of a text that is no list, nothing of its folder is sent', async () => {
  const refused = { code: 'GW_MANIFEST_INVALID' };
  await assert.rejects(bring('notes.txt', 'Call Ann.\n'), { ...refused, message: /notes\.txt, line 1: no column/ });
  await assert.rejects(bring('m.csv', ''), { ...refused, message: /m\.csv: it is empty/ });
  await assert.rejects(bring('m.csv', 'path,label\n/etc/passwd,a\n'), { ...refused, message: /m\.csv, line 2/ });
});

test('of a large folder only what leads to its pictures is walked, and what lies beside them is counted', async () => {
  const away = join(folder, 'archive', 'deep');
  await mkdir(away, { recursive: true });
  for (let index = 0; index < 20; index += 1) await writeFile(join(away, `${index}.png`), 'x');
  await writeFile(join(folder, 'img', 'beside.png'), 'x');
  const file = join(folder, 'few.csv');
  await writeFile(file, 'path,label\nimg/a.png,a\nimg/b.png,b\n');
  const { files, unnamed, near } = await listNamed(file);
  assert.deepEqual(
    files.map(({ path }) => path),
    ['few.csv', 'img/a.png', 'img/b.png'],
  );
  assert.deepEqual([unnamed, near], [1, []]);
  // A picture that is missing may be anywhere.
  await writeFile(file, 'path,label\nimg/a.png,a\nimg/b.png,b\narchive/7.png,a\n');
  assert.deepEqual((await listNamed(file)).near, ['archive/deep/7.png']);
  await rm(join(folder, 'archive'), { recursive: true });
  await rm(file);
});

test('settings that the task of a list has no use for are refused before anything is sent', async () => {
  const file = join(folder, 'task.csv');
  const store = new MemoryS3().store();
  const refused = (spec: UserSpec, message: RegExp) => {
    const error = { code: 'GW_SPEC_INVALID', message };
    return Promise.all([
      assert.rejects(checkRequest(file, spec), error),
      assert.rejects(bringSpec(store, file, { spec }), error),
    ]);
  };
  await writeFile(file, 'path,labels\nimg/a.png,a|b\nimg/b.png,\n');
  await refused({ head: { imbalance: 'focal' } }, /several labels a picture\. head\.imbalance: /);
  await writeFile(file, 'path,label\nimg/a.png,a\nimg/b.png,b\n');
  await refused({ head: { loss: 'asymmetric' } }, /one label a picture\. head\.loss: /);
  for await (const { key } of store.list('')) assert.fail(`${key} was sent`);
  await rm(file);
});
