/** Pipes and devices, given where a file is read: refused at once, by every reader of a path that a person names. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readLocalFile } from '../../learning/weights/localWeights.js';
import { readPieces, readWhole } from '../../storage/objects/localFile.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { bringImages } from '../runs/predictionImages.js';
import { digestsOfFile } from './fileDigests.js';
import { listFolder } from './localFolder.js';
import { namePicture } from './picture.js';
import { localPictures } from './pictureFiles.js';
import { bringSource, requireTrainable } from './source.js';
import { syncFolder } from './syncFolder.js';
import { walkFolder } from './walkFolder.js';

const root = mkdtempSync(join(tmpdir(), 'graftwork-pipe-'));
after(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'photos'));
const [pipe, list] = [join(root, 'photos', 'pipe'), join(root, 'list.csv')];
for (const path of [pipe, list]) execFileSync('mkfifo', [path]);
const store = new MemoryS3().store();

const refused = { code: 'GW_SOURCE_UNREADABLE', exitCode: 2, message: /(?:pipe|zero|csv) is not a regular file\.$/ };

async function drain(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const piece of pieces) assert.fail(`${String(piece)} was read`);
}

for (const [name, read] of [
  ['predict', (path: string) => bringImages(store, 'one', [path])],
  ['datasets find and forget', (path: string) => namePicture(store, path)],
  ['an upload', digestsOfFile],
  ['an upload in one piece', (path: string) => readWhole(path)],
  ['an upload in parts', (path: string) => drain(readPieces(path))],
  ['a look at the first bytes', (path: string) => localPictures([{ path: 'x', file: path, bytes: 9 }])],
] as const) {
  test(`${name}: a pipe and a device are refused`, async () => {
    for (const path of [pipe, '/dev/zero']) await assert.rejects(read(path), refused);
  });
}

test('a pipe that is called a list is refused, where a list is trained on, ranked for, brought or synced', async () => {
  for (const read of [requireTrainable(list), bringSource(store, list, {}), syncFolder(store, list, store.uri('a'))]) {
    await assert.rejects(read, refused);
  }
});

test('a pipe or a device instead of a folder is not called a file', async () => {
  for (const path of [pipe, '/dev/zero']) {
    await assert.rejects(listFolder(path), {
      code: 'GW_SOURCE_NOT_FOUND',
      message: /is neither a folder nor a regular file\.$/,
    });
    await assert.rejects(readLocalFile(path), { code: 'GW_WEIGHTS_NOT_FOUND', message: /is not a regular file/ });
  }
});

test('a pipe in a folder is named as what is left out', async () => {
  assert.deepEqual((await walkFolder(join(root, 'photos'))).leftOut, [{ path: 'pipe', why: 'special' }]);
});
