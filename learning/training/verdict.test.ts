import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Epoch } from '../../contracts/training.js';
import { bestEpochOf, hasStalled, verdict } from './verdict.js';

const table = (...rows: readonly (readonly [top1: number, loss: number])[]): Epoch[] =>
  rows.map(([top1, loss], index) => ({
    epoch: index + 1,
    loss: 1,
    validation: { top1, loss },
    learningRate: 0.1,
    seconds: 1,
  }));

test('the best epoch has the highest top-1; on a tie the lowest loss, then the earliest', () => {
  assert.equal(bestEpochOf(table([0.8, 0.5], [0.9, 0.6], [0.9, 0.4], [0.9, 0.4], [0.7, 0.1])), 3);
  assert.equal(bestEpochOf([]), 0);
});

test('patience counts epochs since the best', () => {
  const epochs = table([0.8, 0.5], [0.9, 0.4], [0.9, 0.5], [0.8, 0.3]);
  assert.equal(hasStalled(epochs, 3), false);
  assert.equal(hasStalled(epochs, 2), true);
  assert.equal(hasStalled(epochs, null), false);
  assert.equal(hasStalled([], 1), false);
});

test('verdicts in words', () => {
  const before = { top1: 0.842, loss: 0.5 };
  const cases = [
    [table([0.829, 0.4]), false, 'validation top-1 0.842 → 0.829: the earlier parameters are kept'],
    [table([0.829, 0.4], [0.868, 0.6]), true, 'validation top-1 0.842 → 0.868'],
    [table([0.842, 0.4]), true, 'validation top-1 0.842 as before, loss 0.500 → 0.400'],
    [
      table([0.842, 0.5]),
      false,
      'validation top-1 0.842 as before, loss 0.500 → 0.500: the earlier parameters are kept',
    ],
    [[], false, 'finished before an epoch was done: the earlier parameters are kept'],
  ] as const;
  for (const [epochs, kept, reason] of cases) {
    assert.deepEqual(verdict('fineTune', before, epochs, 'finished'), { kept, reason });
  }
  assert.ok(verdict('head', null, [], 'completed').kept);
  assert.ok(verdict('fineTune', null, table([0.1, 9]), 'completed').kept);
});
