/** Files that disappear while a folder is read and sent, on an S3 server in memory. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { digestsOfFile } from './fileDigests.js';
import { syncFolder } from './syncFolder.js';
import { uploadFolder } from './uploadFolder.js';

const deleted = {
  code: 'GW_SOURCE_CHANGED',
  message: /bees\/2\.png was deleted while it was read and sent/,
  remedy: /same command again/,
};

for (const [what, before, bring] of [
  ['an upload', 'PutObject', uploadFolder],
  ['a sync', 'ListObjectsV2', (store, folder) => syncFolder(store, folder, 's3://graftwork/photos')],
] as const satisfies [string, string, (store: ReturnType<MemoryS3['store']>, folder: string) => Promise<unknown>][]) {
  test(`a file that is deleted during ${what} is named, with what to do`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'graftwork-deleted-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'bees'));
    for (const name of ['1.png', '2.png']) await writeFile(join(folder, 'bees', name), name);
    const store = new MemoryS3().store('graftwork', async ({ operation }) => {
      if (operation === before) await rm(join(folder, 'bees', '2.png'), { force: true });
      return 'served';
    });
    await assert.rejects(bring(store, folder), deleted);
  });
}

test('a file that is deleted before it is digested is one that changed, too', async () => {
  await assert.rejects(digestsOfFile(join(tmpdir(), 'graftwork-nothing', 'bees/2.png')), deleted);
});
