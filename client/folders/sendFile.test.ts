/** Files that somebody writes to while they are sent: an object is what a file was at one moment, whichever command sends it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { objectKeys } from '../../contracts/objectKeys.js';
import { multipartThreshold } from '../../storage/s3/multipartUpload.js';
import { MemoryS3, type MemoryRequest } from '../../test/s3/memoryS3.js';
import { bringImages } from '../runs/predictionImages.js';
import { syncFolder } from './syncFolder.js';

const root = mkdtempSync(join(tmpdir(), 'graftwork-send-'));
after(() => rmSync(root, { recursive: true }));

/** A folder with one picture. */
function folderOf(name: string, content: string | Buffer): { folder: string; file: string } {
  const folder = join(root, name);
  mkdirSync(folder);
  const file = join(folder, '1.jpg');
  writeFileSync(file, content);
  return { folder, file };
}

/** A bucket on a machine where `act` happens just before a request is served. */
function storeWhere(act: (request: MemoryRequest) => void) {
  return new MemoryS3().store('graftwork', async (request) => {
    act(request);
    return 'served';
  });
}

/** Replaces the file, by one of the same size, just before the first request of that kind. */
function replacedBefore(operation: string, file: string, content: string | Buffer): (request: MemoryRequest) => void {
  let done = false;
  return (request) => {
    if (done || request.operation !== operation) return;
    done = true;
    writeFileSync(file, content);
  };
}

test('a sync sends what a file is, also when it is replaced by one of its size while it is compared', async () => {
  const { folder, file } = folderOf('synced', 'two');
  const store = storeWhere(replacedBefore('HeadObject', file, 'owt'));
  await store.put('photos/1.jpg', 'one');
  const { sent } = await syncFolder(store, folder, store.uri('photos'));
  assert.equal(sent, 1);
  assert.equal((await store.get('photos/1.jpg')).toString(), 'owt');
});

test('a sync of a file that somebody keeps writing to says so, and leaves the object as it was', async () => {
  const { folder, file } = folderOf('restless', 'aaa');
  let written = 0;
  const store = storeWhere(({ operation }) => {
    if (operation === 'HeadObject') writeFileSync(file, `${++written}aa`);
  });
  await store.put('photos/1.jpg', 'one');
  const refusal = { code: 'GW_SOURCE_CHANGED', message: /1\.jpg changed/, remedy: /same command again/ };
  await assert.rejects(syncFolder(store, folder, store.uri('photos')), refusal);
  assert.equal((await store.get('photos/1.jpg')).toString(), 'one');
});

test('a prediction takes a large file as it was at one moment, not half of it as it was before', async () => {
  const bytes = multipartThreshold + 2 ** 20;
  const { file } = folderOf('predicted', Buffer.alloc(bytes, 'a'));
  const store = storeWhere(replacedBefore('UploadPart', file, Buffer.alloc(bytes, 'b')));
  await bringImages(store, 'moment', [file]);
  const sent = await store.get(objectKeys.predictionInput('moment', 0));
  assert.ok(sent.equals(Buffer.alloc(bytes, 'b')), 'all of it is what the file is now');
});
