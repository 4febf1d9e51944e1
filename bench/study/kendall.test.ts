import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weightedKendall } from './kendall.js';

test('the values scipy documents for weightedtau', () => {
  const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}`);
  near(weightedKendall([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]), -0.56694968153682723);
  near(weightedKendall([1, 2, 3, 4], [10, 20, 30, 40]), 1);
  near(weightedKendall([1, 2, 3, 4], [4, 3, 2, 1]), -1);
});
