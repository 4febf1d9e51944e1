import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classesInOneFold, foldsOf } from './folds.js';

test('of pictures with several labels each fold has its share of every label, though each combination is rare', () => {
  const sets = Array.from({ length: 40 }, (_, index) => [0, 1, 2, 3].filter((label) => index % (label + 2) === 0));
  const labels = sets.map((_, index) => index);
  const foldOf = foldsOf(labels, 5, undefined, sets);
  for (const label of [0, 1, 2, 3]) {
    const having = labels.filter((index) => sets[index]?.includes(label));
    const each = [0, 1, 2, 3, 4].map((fold) => having.filter((index) => foldOf[index] === fold).length);
    assert.ok(Math.max(...each) - Math.min(...each) <= 1, `label ${label}: ${each.join(', ')}`);
  }
  const sizes = [0, 1, 2, 3, 4].map((fold) => foldOf.filter((own) => own === fold).length);
  assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 2, sizes.join(', '));
});

test('what belongs together is in one fold', () => {
  const sets = [[], [0], [0, 1]];
  const labels = [0, 1, 2, 0, 1, 2, 0, 1];
  const foldOf = foldsOf(labels, 2, [0, 1, 2, 0, 1, 5, 6, 7], sets);
  assert.equal(foldOf[0], foldOf[3]);
  assert.equal(foldOf[1], foldOf[4]);
});

test('a class whose pictures are kept together is in one fold', () => {
  const labels = [0, 0, 0, 1, 1, 1];
  const foldOf = foldsOf(labels, 3, [0, 1, 2, 3, 3, 3]);
  assert.deepEqual(classesInOneFold(foldOf, labels, 3), [1]);
  assert.deepEqual(classesInOneFold([0, 1, 1], [2, 1, 0], 2, [[], [0], [0, 1]]), [1]);
});
