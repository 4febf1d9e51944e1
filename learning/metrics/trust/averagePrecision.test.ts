import assert from 'node:assert/strict';
import { test } from 'node:test';
import { averagePrecision } from './averagePrecision.js';

test('a perfect ranking has an average precision of 1, and never more by rounding, however many are wanted', () => {
  for (let wanted = 1; wanted <= 300; wanted += 1) {
    const scores = Array.from({ length: wanted + 10 }, (_, index) => -index);
    const found = averagePrecision(
      scores,
      scores.map((_, index) => index < wanted),
    );
    assert.ok(found <= 1 && found > 1 - 1e-12, `${wanted}: ${found}`);
  }
});
