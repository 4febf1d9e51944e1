/** Lists of images on this machine, brought to an S3 server in memory. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
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
