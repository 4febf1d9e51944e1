import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { BodyTooLong, collectBody } from './collectBody.js';

const pieces = () =>
  Readable.from([Buffer.from('one'), Buffer.from('two'), Buffer.from('three')], { objectMode: false });

test('a body is collected whole, whether its length is announced or not', async () => {
  for (const expected of [11, undefined]) {
    assert.equal((await collectBody(pieces(), expected, 11)).toString(), 'onetwothree');
  }
});

test('a body with fewer or more bytes than announced counts as a lost connection', async () => {
  for (const expected of [10, 12]) {
    await assert.rejects(collectBody(pieces(), expected), { code: 'ECONNRESET' });
  }
});

test('a body that is announced as too long is not read, and one that grows too long no further', async () => {
  let read = 0;
  const endless = Readable.from(
    (function* () {
      for (;;) {
        read += 1;
        yield Buffer.alloc(10);
      }
    })(),
    { objectMode: false, highWaterMark: 10 },
  );
  await assert.rejects(collectBody(endless, undefined, 35), BodyTooLong);
  assert(read <= 6, `${read} pieces`);
  assert(endless.destroyed);
  const announced = pieces();
  await assert.rejects(collectBody(announced, 11, 10), BodyTooLong);
  assert(announced.destroyed);
});
