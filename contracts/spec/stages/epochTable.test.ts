import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { thinned } from './epochTable.js';

test('a thinned table keeps its ends, its order and no row twice', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 2, max: 200 }), (count, most) => {
      const rows = Array.from({ length: count }, (_, index) => index);
      const kept = thinned(rows, most);
      assert.equal(kept.length, Math.min(count, most));
      assert.equal(new Set(kept).size, kept.length);
      assert.deepEqual(
        kept,
        kept.toSorted((a, b) => a - b),
      );
      if (count > 0) assert.deepEqual([kept[0], kept.at(-1)], [0, count - 1]);
    }),
  );
});
