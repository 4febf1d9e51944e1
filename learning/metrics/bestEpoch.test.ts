import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestEpoch } from './bestEpoch.js';
import { table } from '../../test/fixtures/epochsForTests.js';

test('the best epoch has the lowest loss, unless top-1 differs by more than a standard error', () => {
  assert.equal(bestEpoch([], 50), undefined);
  assert.equal(
    bestEpoch(table([0.8, 0.5], [0.9, 0.6], [0.9, 0.4], [0.9, 0.4], [0.7, 0.1]), 1000)?.epoch,
    3,
    'the first of equals',
  );
  // A head on 350 flowers: the luckiest of 40 epochs on 50 pictures was the third, and cost five points on the test.
  const flowers = table([0.78, 1.154], [0.84, 0.733], [0.88, 0.602], [0.86, 0.521], [0.84, 0.505], [0.84, 0.51]);
  assert.equal(bestEpoch(flowers, 50)?.epoch, 5);
  assert.equal(bestEpoch(flowers, 5000)?.epoch, 3, 'on many pictures two points are no luck');
  assert.equal(
    bestEpoch(
      flowers.filter(({ epoch }) => epoch !== 2),
      50,
    )?.epoch,
    5,
    'of a table that was thinned',
  );
});
