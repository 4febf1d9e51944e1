import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from '../metrics/epochsForTests.js';
import { compare } from './pairedComparison.js';
import { hasStalled, verdict } from './verdict.js';

test('patience counts epochs since the best', () => {
  const epochs = table([0.8, 0.5], [0.9, 0.4], [0.9, 0.5], [0.8, 0.3]);
  assert.equal(hasStalled(epochs, 1000, 3), false);
  assert.equal(hasStalled(epochs, 1000, 2), true);
  assert.equal(hasStalled(epochs, 1000, null), false);
  assert.equal(hasStalled([], 1000, 1), false);
});

test('verdicts in words, with their intervals', () => {
  const before = { top1: 0.842, loss: 0.5 };
  const change = (mean: number, error: number) => ({
    mean,
    low: mean - 2 * error,
    high: mean + 2 * error,
    score: mean / error,
  });
  const cases = [
    [
      {
        before,
        after: { top1: 0.829, loss: 0.4 },
        comparison: { pictures: 76, top1: change(-0.013, 0.01), loss: change(-0.1, 0.02) },
      },
      true,
      'validation top-1 0.842 → 0.829 (95 % −0.033 to +0.007), loss 0.500 → 0.400 (95 % −0.140 to −0.060); the loss decides',
    ],
    [
      {
        before,
        after: { top1: 0.868, loss: 0.6 },
        comparison: { pictures: 76, top1: change(0.026, 0.01), loss: change(0.1, 0.02) },
      },
      true,
      'validation top-1 0.842 → 0.868 (95 % +0.006 to +0.046), loss 0.500 → 0.600 (95 % +0.060 to +0.140); top-1 decides',
    ],
    [
      {
        before,
        after: { top1: 0.842, loss: 0.5 },
        comparison: { pictures: 76, top1: change(0, 0.01), loss: change(0, 0.02) },
      },
      false,
      'validation top-1 0.842 → 0.842 (95 % −0.020 to +0.020), loss 0.500 → 0.500 (95 % −0.040 to +0.040); the loss decides: the earlier parameters are kept',
    ],
    [
      {
        before,
        after: { top1: 0.842, loss: 0.49 },
        comparison: { pictures: 20, top1: change(0, 0.01), loss: change(-0.01, 0.02) },
      },
      false,
      'validation top-1 0.842 → 0.842 (95 % −0.020 to +0.020), loss 0.500 → 0.490 (95 % −0.050 to +0.030); the loss decides: no more than chance, the earlier parameters are kept',
    ],
    [null, false, 'finished before an epoch was done: the earlier parameters are kept'],
  ] as const;
  for (const [contest, kept, reason] of cases) assert.deepEqual(verdict(contest, 'finished'), { kept, reason });
});

test('one validation picture gives the loss no interval, and the reason says so', () => {
  const before = { correct: [true], losses: [0.5] };
  const comparison = compare(before, { correct: [true], losses: [0.4] });
  const { kept, reason } = verdict(
    { before: { top1: 1, loss: 0.5 }, after: { top1: 1, loss: 0.4 }, comparison },
    'finished',
  );
  assert.equal(kept, false);
  assert.match(reason, /loss 0\.500 → 0\.400 \(no interval from one picture\)/);
  assert.doesNotMatch(reason, /Infinity|NaN/);
});
