import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balanceOf } from './balance.js';

const row = (name: string, support: number, recall: number | null) => ({
  ...{ class: name, support, recall },
  ...{ precision: null, f1: null },
});

test('uneven classes have a balanced accuracy and a least recall, even ones have none', () => {
  assert.deepEqual(balanceOf({ perClass: [row('a', 90, 1), row('b', 10, 0.2), row('c', 0, null)] }), {
    accuracy: 0.6,
    least: { class: 'b', recall: 0.2, support: 10 },
  });
  assert.equal(balanceOf({ perClass: [row('a', 30, 1), row('b', 10, 0.2)] }), undefined);
  assert.equal(balanceOf({ perClass: [row('a', 30, 1)] }), undefined);
  assert.equal(balanceOf({ perClass: [] }), undefined);
});
