import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imagesAtOnce } from './imagesAtOnce.js';

test('each halving halves, rounded up, down to one image; after that there is nothing to halve', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((halvings) => imagesAtOnce(10, halvings)),
    [10, 5, 3, 2, 1],
  );
  assert.throws(() => imagesAtOnce(10, 5), { code: 'GW_OUT_OF_MEMORY', retryable: false });
  assert.equal(imagesAtOnce(1, 0), 1);
  assert.throws(() => imagesAtOnce(1, 1), { code: 'GW_OUT_OF_MEMORY' });
});
