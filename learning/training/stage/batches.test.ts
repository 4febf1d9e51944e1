import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchStart } from './batches.js';

const sizes = (count: number, batchSize: number): number[] =>
  Array.from(
    { length: Math.ceil(count / batchSize) },
    (_, step) => batchStart(step + 1, count, batchSize) - batchStart(step, count, batchSize),
  );

test('the last batch takes the rest, unless that were less than half a batch', () => {
  assert.deepEqual(sizes(64, 32), [32, 32]);
  assert.deepEqual(sizes(48, 32), [32, 16]);
  assert.deepEqual(sizes(34, 32), [17, 17]);
  assert.deepEqual(sizes(85, 32), [32, 32, 21]);
  assert.deepEqual(sizes(170, 32), [28, 28, 29, 28, 28, 29]);
  assert.deepEqual(sizes(5, 32), [5]);
  assert.equal(batchStart(9, 34, 32), 34);
});

test('every image is in one batch, and none of several is smaller than half of the size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 256 }), (count, batchSize) => {
      const all = sizes(count, batchSize);
      assert.equal(
        all.reduce((sum, size) => sum + size, 0),
        count,
      );
      assert.ok(all.every((size) => size <= batchSize && (all.length === 1 || size >= Math.floor(batchSize / 2))));
    }),
  );
});
