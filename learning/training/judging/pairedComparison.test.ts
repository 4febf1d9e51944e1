import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare, judge, type Outcomes } from './pairedComparison.js';

const isNear = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-3, String(actual));

/** `right` of `count` pictures right, all with the same loss. */
const alike = (count: number, right: number, loss: number): Outcomes => ({
  correct: Array.from({ length: count }, (_, index) => index < right),
  losses: Array<number>(count).fill(loss),
});

test('intervals are those of the textbooks', () => {
  // Agresti & Min 2005 for 5 gained and none lost of 36: 5/38 ± 1.96 · √(6 − 25/38)/38.
  const { top1 } = compare(alike(36, 30, 1), alike(36, 35, 1));
  isNear(top1.mean, 5 / 36);
  isNear(top1.low, 0.0124);
  isNear(top1.high, 0.2508);
  // scipy.stats.t.interval(0.95, 4, mean, sem) of these five differences.
  const before = { correct: Array<boolean>(5).fill(true), losses: [1, 1, 1, 1, 1] };
  const { loss } = compare(before, { ...before, losses: [0.8, 0.9, 1, 0.7, 0.85] });
  isNear(loss.mean, -0.15);
  isNear(loss.low, -0.2888);
  isNear(loss.high, -0.0112);
});

test('a clear change of top-1 decides, whatever the loss says', () => {
  const after = { ...alike(40, 38, 1), losses: Array.from({ length: 40 }, (_, i) => 2 + (i % 2)) };
  assert.deepEqual(judge(compare(alike(40, 30, 1), after)), { better: true, by: 'top-1', clear: true, harmful: false });
  assert.deepEqual(judge(compare(after, alike(40, 30, 1))), { better: false, by: 'top-1', clear: true, harmful: true });
});

test('one picture more is chance: a loss that fell nearly everywhere outweighs one lost', () => {
  const before = { ...alike(36, 30, 1), losses: Array.from({ length: 36 }, (_, i) => 1 + (i % 3)) };
  const after = { ...alike(36, 29, 1), losses: before.losses.map((loss, i) => loss - 0.2 + 0.1 * (i % 4)) };
  assert.deepEqual(judge(compare(before, after)), { better: true, by: 'loss', clear: true, harmful: false });
  assert.deepEqual(judge(compare(after, before)), { better: false, by: 'loss', clear: true, harmful: true });
});

test('a loss that rose or fell a little decides where top-1 shows nothing, clear or not', () => {
  const of = (differences: readonly number[]) => {
    const before = { correct: Array<boolean>(12).fill(true), losses: Array<number>(12).fill(1) };
    return judge(compare(before, { ...before, losses: before.losses.map((loss, i) => loss + differences[i % 6]!) }));
  };
  assert.deepEqual(of([0.4, -0.1, -0.3, -0.1, 0, -0.1]), { better: true, by: 'loss', clear: false, harmful: false });
  assert.deepEqual(of([-0.4, 0.1, 0.3, 0.1, 0, 0.1]), { better: false, by: 'loss', clear: false, harmful: false });
  // 1.9 standard errors: within the interval, and yet hardly chance.
  assert.deepEqual(of([0.4, 0.1, -0.15, 0.1, 0.05, 0]), { better: false, by: 'loss', clear: false, harmful: true });
  assert.deepEqual(of([-0.4, -0.1, -0.3, -0.1, 0, -0.1]), { better: true, by: 'loss', clear: true, harmful: false });
});

test('what changes nothing is not better', () => {
  assert.equal(judge(compare(alike(36, 30, 1), alike(36, 30, 1))).better, false);
});

test('what is better one way round is not better the other way round', () => {
  const outcomes = fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 9, noNaN: true })), {
    minLength: 12,
    maxLength: 12,
  });
  fc.assert(
    fc.property(outcomes, outcomes, (a, b) => {
      const of = (rows: typeof a): Outcomes => ({
        correct: rows.map(([hit]) => hit),
        losses: rows.map(([, loss]) => loss),
      });
      const [forth, back] = [judge(compare(of(a), of(b))), judge(compare(of(b), of(a)))];
      assert.ok(!(forth.better && back.better));
    }),
  );
});
