import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evenlySpaced, ofEachClass } from './pickPictures.js';

test('evenly spaced pictures begin with the first, and of fewer all are taken', () => {
  const labels = Array.from({ length: 10 }, () => 0);
  assert.deepEqual([...evenlySpaced(5)(labels)], [0, 2, 4, 6, 8]);
  assert.equal([...evenlySpaced(50)(labels)].length, 10);
});

test('of each class some pictures are taken, and of a rare one at least one', () => {
  const labels = [...Array.from({ length: 100 }, () => 0), 1, ...Array.from({ length: 100 }, () => 0), 2, 2];
  const counts = (picked: Iterable<number>): number[] =>
    [0, 1, 2].map((label) => [...picked].filter((place) => labels[place] === label).length);
  assert.deepEqual(counts(ofEachClass(32, 1000)(labels)), [32, 1, 2]);
  assert.deepEqual(counts(ofEachClass(32, 2)(labels)), [1, 1, 1]);
});
