import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mcnemar } from './mcnemar.js';

/** The same in whole numbers, without rounding but for the last step. */
function exactly(onlyFirst: number, onlySecond: number): number {
  const pairs = BigInt(onlyFirst + onlySecond);
  let ways = 1n;
  let sum = 1n;
  for (let i = 1n; i <= BigInt(Math.min(onlyFirst, onlySecond)); i++) {
    ways = (ways * (pairs - i + 1n)) / i;
    sum += ways;
  }
  const digits = 10n ** 18n;
  return Math.min(1, Number((2n * sum * digits) / 2n ** pairs) / 1e18);
}

test("McNemar's exact test agrees with a published example and with values counted by hand", () => {
  // R's exact2x2::mcnemar.exact(matrix(c(21, 9, 2, 12), 2)): p-value = 0.06543
  assert.equal(mcnemar({ onlyFirst: 9, onlySecond: 2 }).pValue.toFixed(5), '0.06543');
  assert.equal(mcnemar({ onlyFirst: 1, onlySecond: 9 }).pValue.toFixed(9), '0.021484375');
  assert.equal(mcnemar({ onlyFirst: 0, onlySecond: 5 }).pValue.toFixed(9), '0.062500000');
});

test('those who never disagree, or each as often as the other, are no different', () => {
  assert.equal(mcnemar({ onlyFirst: 0, onlySecond: 0 }).pValue, 1);
  assert.equal(mcnemar({ onlyFirst: 7, onlySecond: 7 }).pValue, 1);
});

test('it agrees with whole-number arithmetic, whichever of the two is called the first', () => {
  fc.assert(
    fc.property(fc.nat(400), fc.nat(400), (onlyFirst, onlySecond) => {
      const { pValue } = mcnemar({ onlyFirst, onlySecond });
      const exact = exactly(onlyFirst, onlySecond);
      assert.ok(Math.abs(pValue - exact) <= 1e-11 + 1e-9 * exact, `${pValue} is not ${exact}`);
      assert.equal(mcnemar({ onlyFirst: onlySecond, onlySecond: onlyFirst }).pValue, pValue);
    }),
  );
});

test('a million pictures are no trouble', () => {
  // 4 standard deviations from the middle: the normal tail beyond 3.999 is 6.36e-5.
  const { pValue } = mcnemar({ onlyFirst: 502_000, onlySecond: 498_000 });
  assert.ok(Math.abs(pValue - 6.36e-5) < 1e-6, String(pValue));
});

test('what is no count is refused', () => {
  assert.throws(() => mcnemar({ onlyFirst: -1, onlySecond: 2 }), /-1 is no count/);
  assert.throws(() => mcnemar({ onlyFirst: 1.5, onlySecond: 2 }), RangeError);
});
