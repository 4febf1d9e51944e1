import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normal, permutation, randomBits, uniform } from './random.js';

test('the numbers of a key never change: stored results depend on them', () => {
  assert.deepEqual(
    [randomBits(0), randomBits(0, 0), randomBits(1, 2), randomBits(2, 1), randomBits(7, 'head', 3)],
    [1684164658, 3385628684, 1013020961, 35773254, 3048449765],
  );
  assert.deepEqual([...permutation(8, 0, 'head', 1)], [0, 3, 2, 7, 5, 6, 4, 1]);
});

test('a permutation holds every index once', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(), (n, seed) => {
      const order = permutation(n, seed);
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        Array.from({ length: n }, (_, i) => i),
      );
    }),
  );
});

test('every element is as likely to stand first', () => {
  const first = new Array<number>(10).fill(0);
  for (let seed = 0; seed < 10_000; seed++) first[permutation(10, seed)[0] as number]!++;
  // χ² with 9 degrees of freedom: 27.9 at p = 0.001.
  const chiSquared = first.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chiSquared < 27.9, `χ² = ${chiSquared}`);
});

test('uniform numbers of consecutive keys fill the interval evenly', () => {
  const bins = new Array<number>(20).fill(0);
  for (let i = 0; i < 20_000; i++) bins[Math.floor(uniform(3, 'view', i) * 20)]!++;
  // χ² with 19 degrees of freedom: 43.8 at p = 0.001.
  const chiSquared = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chiSquared < 43.8, `χ² = ${chiSquared}`);
});

test('one flipped bit of a key flips half of the hash', () => {
  let flipped = 0;
  for (let i = 0; i < 1000; i++) {
    const bit = i % 31;
    let difference = randomBits(9, i) ^ randomBits(9, i ^ (1 << bit));
    for (; difference !== 0; difference &= difference - 1) flipped++;
  }
  assert.ok(Math.abs(flipped / 32_000 - 0.5) < 0.01, `${flipped / 32_000}`);
});

test('normal numbers have mean 0 and variance 1', () => {
  const values = Array.from({ length: 20_000 }, (_, i) => normal(1, i));
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.04, `${mean}, ${variance}`);
});

test('keys beyond 32 bits, and keys of text, count in full', () => {
  assert.notEqual(randomBits(1), randomBits(1 + 2 ** 32));
  assert.notEqual(randomBits('ab'), randomBits('ba'));
  assert.notEqual(randomBits('a', 'b'), randomBits('ab'));
});
