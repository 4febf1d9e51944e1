import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { activityRanges, batches, cacheReason } from './fanOut.js';

test('batches and their activities cover every shard once, in order, in bounded numbers', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200_000 }), (count) => {
      const all = batches(count);
      assert.ok(all.length <= 40);
      let next = 0;
      for (const batch of all) {
        const ranges = activityRanges(batch, count);
        assert.ok(ranges.length <= 25);
        assert.equal(batch.from, next);
        for (const { from, to } of ranges) {
          assert.equal(from, next);
          assert.ok(to > from);
          next = to;
        }
        assert.equal(batch.to, next);
      }
      assert.equal(next, count);
    }),
  );
});

test('few shards are one batch, which needs no workflow of its own', () => {
  for (const count of [1, 4, 99, 100]) assert.equal(batches(count).length, 1);
  assert.equal(batches(101).length, 2);
  assert.equal(batches(1_600).length, 16);
});

test('what was found and what was made is said', () => {
  assert.equal(cacheReason(4, 0), 'all found from an earlier run');
  assert.equal(cacheReason(0, 4), 'computed');
  assert.equal(cacheReason(3, 4), '3 found from an earlier run, 4 computed');
});
