import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { fanOut, shardRanges } from './fanOut.js';

test('the ranges cover every shard once, in order, in at most a hundred activities', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20_000 }), (count) => {
      const ranges = shardRanges(count);
      assert.ok(ranges.length <= 100);
      let next = 0;
      for (const { from, to } of ranges) {
        assert.equal(from, next);
        assert.ok(to > from);
        next = to;
      }
      assert.equal(next, count);
    }),
  );
});

test('what was found and what was made is added up and said', async () => {
  const cache = await fanOut(8, ({ from, to }) =>
    Promise.resolve({
      cache: { hits: from === 0 ? to - from : 0, misses: from === 0 ? 0 : to - from, reason: '' },
      seconds: 1,
    }),
  );
  assert.deepEqual(cache, { hits: 4, misses: 4, reason: '4 found from an earlier run, 4 computed' });
});
