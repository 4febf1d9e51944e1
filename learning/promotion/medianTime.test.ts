import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal } from '../random.js';
import { medianTime } from './medianTime.js';

test('the bound of a median of twenty is the sixth, and lies above the true one in few cases', () => {
  const shuffled = [7, 3, 19, 0, 12, 5, 16, 9, 1, 14, 10, 18, 2, 6, 11, 4, 17, 8, 15, 13];
  assert.deepEqual(medianTime(shuffled), { median: 10, low: 5 });
  assert.deepEqual(medianTime([4]), { median: 4, low: 4 });
  assert.throws(() => medianTime([]), RangeError);
  const trials = Array.from({ length: 1000 }, (_, trial) =>
    medianTime(Array.from({ length: 20 }, (_, i) => Math.exp(normal('time', trial, i)))),
  );
  assert.ok(trials.filter(({ low }) => low > 1).length <= 50);
});
