import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { applyChanges } from './changes.js';
import { findReviewTraces, withoutRows } from './reviewTraces.js';

const [gone, kept] = ['a'.repeat(64), 'b'.repeat(64)];
const digests = new Set([gone]);

test('an uploaded review loses the rows of the forgotten picture, and nothing else', async () => {
  const store = new MemoryS3().store();
  const header = 'path,decision,label,sha256\r\n';
  const row = (path: string, digest: string): string => `${path},relabel,bées,${digest}\r\n`;
  const review = `${header}${row('"ants/1,\n""2"".jpg"', gone)}${row('ants/3.jpg', kept)}${row('ants/4.jpg', gone.toUpperCase())}`;
  await store.put('uploads/1/review.csv', review);
  await store.put('uploads/2/review.csv', `${header}${row('ants/3.jpg', kept)}`);
  await store.put('uploads/3/ants/1.jpg', gone);
  await store.put('elsewhere/review.csv', review);
  const changes = await findReviewTraces(store, digests);
  assert.deepEqual(
    changes.map(({ kind, key }) => [kind, key]),
    [['uploads', 'uploads/1/review.csv']],
  );
  await applyChanges(store, changes);
  assert.equal(String(await store.get('uploads/1/review.csv')), `${header}${row('ants/3.jpg', kept)}`);
  assert.deepEqual(await findReviewTraces(store, digests), [], 'the same again has nothing to do');
});

test('a quotation that never ends takes no other row with it', () => {
  const table = `path,sha256\n"ants/1.jpg,${gone}\nants/2.jpg,${kept}\n`;
  assert.equal(withoutRows(table, digests), `path,sha256\nants/2.jpg,${kept}\n`);
});
