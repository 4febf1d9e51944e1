import assert from 'node:assert/strict';
import { test } from 'node:test';
import { againstBaseline, baselineOf } from './baseline.js';

const ofClass = (name: string, support: number) => ({ class: name, support, precision: null, recall: null, f1: null });

test('the most frequent class is the baseline, and better is what its whole interval lies above', () => {
  const perClass = [ofClass('a', 10), ofClass('b', 30)];
  assert.deepEqual(baselineOf({ count: 40, perClass }), { class: 'b', share: 0.75 });
  assert.equal(baselineOf({ count: 40, perClass: [] }), undefined);
  const stands = (low: number, top1: number, high: number) => againstBaseline({ top1, interval: [low, high] }, 0.75);
  assert.equal(stands(0.76, 0.8, 0.9), 'better');
  assert.equal(stands(0.7, 0.8, 0.9), 'not clearly better');
  assert.equal(stands(0.6, 0.75, 0.9), 'no better');
  assert.equal(stands(0.4, 0.5, 0.6), 'worse');
});
