import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniform } from '../../random.js';
import { bitonicOrder } from './bitonicOrder.js';

test('any number of values is put in order', () => {
  for (const count of [0, 1, 2, 7, 8, 9, 33, 100]) {
    const values = Array.from({ length: count }, (_, i) => uniform('order', count, i));
    assert.deepEqual(
      bitonicOrder(values).map((index) => values[index]),
      values.toSorted((a, b) => a - b),
    );
  }
});

test("equal values lie as numpy's argsort leaves them", () => {
  assert.deepEqual(bitonicOrder([0, 0, -0.4, -0.4, 0.1]), [3, 2, 1, 0, 4]);
  assert.deepEqual(bitonicOrder([0.1, 0.3, 0.3, 0.1, -0.2]), [4, 0, 3, 1, 2]);
  assert.deepEqual(bitonicOrder([0, 0.3, 0, 0, 0, 0.3, 0, 0, -0.1, 0]), [8, 0, 3, 2, 7, 6, 9, 4, 5, 1]);
});
