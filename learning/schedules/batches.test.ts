import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchStart, passesPerEpoch, stepsPerEpoch } from './batches.js';

const sizes = (count: number, batchSize: number, dropLast?: boolean): number[] => {
  const batching = { batchSize, dropLast };
  return Array.from(
    { length: stepsPerEpoch(count, batching) },
    (_, step) => batchStart(step + 1, count, batching) - batchStart(step, count, batching),
  );
};

test('the last batch takes the rest, unless that were less than half a batch', () => {
  assert.deepEqual(sizes(64, 32), [32, 32]);
  assert.deepEqual(sizes(48, 32), [32, 16]);
  assert.deepEqual(sizes(34, 32), [17, 17]);
  assert.deepEqual(sizes(85, 32), [32, 32, 21]);
  assert.deepEqual(sizes(170, 32), [28, 28, 29, 28, 28, 29]);
  assert.deepEqual(sizes(5, 32), [5]);
  assert.equal(batchStart(9, 34, { batchSize: 32 }), 34);
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

test('with dropLast every batch is full, from eight of them on', () => {
  assert.deepEqual(sizes(350, 16, true), Array<number>(21).fill(16));
  assert.deepEqual(sizes(131, 16, true), Array<number>(8).fill(16));
  assert.deepEqual(sizes(127, 16, true), sizes(127, 16));
  assert.equal(batchStart(22, 350, { batchSize: 16, dropLast: true }), 336);
  assert.deepEqual([...passesPerEpoch(350, { batchSize: 16, dropLast: true }, 16)], [[16, 21]]);
});
