import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from '../../../test/fixtures/epochsForTests.js';
import { compare } from './pairedComparison.js';
import { hasStalled, verdict } from './verdict.js';

test('patience counts epochs since the best', () => {
  const epochs = table([0.8, 0.5], [0.9, 0.4], [0.9, 0.5], [0.8, 0.3]);
  assert.equal(hasStalled(epochs, 1000, 3), false);
  assert.equal(hasStalled(epochs, 1000, 2), true);
  assert.equal(hasStalled(epochs, 1000, null), false);
  assert.equal(hasStalled([], 1000, 1), false);
});

test('a verdict is one sentence: what decides, what became of it, on how many pictures', () => {
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
      'the loss decides, because top-1 shows no clear change: 0.500 → 0.400 on 76 validation pictures, clearly better',
    ],
    [
      {
        before,
        after: { top1: 0.868, loss: 0.6 },
        comparison: { pictures: 76, top1: change(0.026, 0.01), loss: change(0.1, 0.02) },
      },
      true,
      'top-1 decides: 84.2 % → 86.8 % on 76 validation pictures, clearly better',
    ],
    [
      {
        before,
        after: { top1: 0.842, loss: 0.5 },
        comparison: { pictures: 76, top1: change(0, 0.01), loss: change(0, 0.02) },
      },
      true,
      'the loss decides, because top-1 shows no clear change: 0.500 → 0.500 on 76 validation pictures, no clear harm',
    ],
    [
      {
        before,
        after: { top1: 0.842, loss: 0.518 },
        comparison: { pictures: 76, top1: change(0, 0.01), loss: change(0.018, 0.01) },
      },
      false,
      'the loss decides, because top-1 shows no clear change: 0.500 → 0.518 on 76 validation pictures, probably worse',
    ],
    [
      {
        before,
        after: { top1: 0.842, loss: 0.49 },
        comparison: { pictures: 20, top1: change(0, 0.01), loss: change(-0.01, 0.02) },
      },
      true,
      'the loss decides, because top-1 shows no clear change: 0.500 → 0.490 on 20 validation pictures, better, but possibly by chance',
    ],
    [
      {
        before: { top1: 0.85, loss: 0.5 },
        after: { top1: 0.9, loss: 0.55 },
        comparison: { pictures: 20, top1: change(0.05, 0.04), loss: change(0.05, 0.02) },
      },
      false,
      'the loss decides, because top-1 shows no clear change: 0.500 → 0.550 on 20 validation pictures, clearly worse',
    ],
    [
      {
        before,
        after: { top1: 0.842, loss: 0.49 },
        comparison: { pictures: 76, top1: change(0, 0.01), loss: change(-0.01, 0.02) },
      },
      true,
      'the loss decides, because top-1 shows no clear change: 0.500 → 0.490 on 76 validation pictures, better, but possibly by chance',
    ],
    [null, false, 'finished before an epoch was done'],
  ] as const;
  for (const [contest, kept, reason] of cases) assert.deepEqual(verdict(contest, 'finished'), { kept, reason });
});

test('pictures held out in folds are counted apart', () => {
  const before = { top1: 0.9, loss: 0.5 };
  const comparison = compare(
    { correct: Array<boolean>(40).fill(true), losses: Array<number>(40).fill(0.5) },
    { correct: Array<boolean>(40).fill(true), losses: Array<number>(40).fill(0.4) },
  );
  const { reason } = verdict({ before, after: { top1: 0.9, loss: 0.4 }, comparison, folded: 32 }, 'completed');
  assert.match(reason, / on 8 validation pictures and 32 training pictures held out in folds, clearly better$/);
});

test('a step of several labels does not speak of top-1', () => {
  const [before, after] = [
    { top1: 0.9, loss: 0.5 },
    { top1: 0.9, loss: 0.4 },
  ];
  const outcomes = (loss: number) => ({ correct: Array<boolean>(40).fill(true), losses: Array<number>(40).fill(loss) });
  const contest = { before, after, comparison: compare(outcomes(0.5), outcomes(0.4)), isMultiLabel: true };
  assert.match(
    verdict(contest, 'completed').reason,
    /^the loss decides, because the share of right likeliest labels shows no clear change: 0\.500 → 0\.400 on 40 /,
  );
  const gained = compare({ ...outcomes(0.5), correct: Array<boolean>(40).fill(false) }, outcomes(0.4));
  assert.match(
    verdict({ ...contest, comparison: gained }, 'completed').reason,
    /^the share of right likeliest labels decides/,
  );
});

test('one validation picture is no evidence of a clear change', () => {
  const before = { correct: [true], losses: [0.5] };
  const comparison = compare(before, { correct: [true], losses: [0.4] });
  const { reason } = verdict({ before: { top1: 1, loss: 0.5 }, after: { top1: 1, loss: 0.4 }, comparison }, 'finished');
  assert.match(reason, / on 1 validation picture, better, but possibly by chance$/);
  assert.doesNotMatch(reason, /Infinity|NaN/);
});
