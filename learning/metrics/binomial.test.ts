import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binomialLowerTail, shareUpperBound } from './binomial.js';

const near = (actual: number, expected: number, what: string): void =>
  assert.ok(Math.abs(actual - expected) <= 1e-6 * Math.max(1e-3, expected), `${what}: ${actual}, not ${expected}`);

/** Term by term, with factorials. */
function summed(k: number, n: number, p: number): number {
  const factorial = (m: number): number => (m <= 1 ? 1 : m * factorial(m - 1));
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += (factorial(n) / (factorial(i) * factorial(n - i))) * p ** i * (1 - p) ** (n - i);
  }
  return sum;
}

test('the lower tail of the binomial distribution is the sum of its terms', () => {
  for (const n of [1, 2, 7, 20]) {
    for (const p of [0.01, 0.3, 0.5, 0.8, 0.99]) {
      for (let k = 0; k <= n; k++) near(binomialLowerTail(k, n, p), summed(k, n, p), `${k} of ${n} at ${p}`);
    }
  }
  assert.equal(binomialLowerTail(3, 10, 0), 1);
  assert.equal(binomialLowerTail(3, 10, 1), 0);
  assert.equal(binomialLowerTail(10, 10, 1), 1);
  // Of very many, too: about Φ(−10), and about ½.
  assert.ok(binomialLowerTail(49_000, 100_000, 0.5) < 1e-9);
  assert.ok(Math.abs(binomialLowerTail(50_000, 100_000, 0.5) - 0.5) < 0.002);
});

test('upper bounds are those of Clopper and Pearson', () => {
  // R: binom.test(8, 10, alternative = 'less')$conf.int[2], and so on; none of n: 1 − α^(1/n).
  near(shareUpperBound(8, 10, 0.05), 0.963229, '8 of 10');
  near(shareUpperBound(0, 10, 0.05), 1 - 0.05 ** (1 / 10), 'none of 10');
  near(shareUpperBound(0, 3, 0.01), 1 - 0.01 ** (1 / 3), 'none of 3');
  assert.equal(shareUpperBound(10, 10, 0.05), 1);
  assert.equal(shareUpperBound(0, 0, 0.05), 1);
});
