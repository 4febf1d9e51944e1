import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal } from '../random.js';
import { proposeRate, smoothed, type RangePoint } from './proposeRate.js';

/** Rates from 1e-6 to 1, and at each the loss a function of its power of ten, with noise. */
function curve(loss: (power: number) => number, noise = 0): RangePoint[] {
  return Array.from({ length: 61 }, (_, index) => {
    const power = -6 + index / 10;
    return { learningRate: 10 ** power, loss: loss(power) + noise * normal('noise', index) };
  });
}

/** Flat, falling from 1e-4 on, lowest at 1e-2, then up steeply. */
const valley = (power: number): number =>
  power < -4 ? 1.6 : power < -2 ? 1.6 - 0.5 * (power + 4) : 0.6 + 3 * (power + 2);

test('the rate is a third of the one with the lowest loss, noise or not', () => {
  for (const noise of [0, 0.05]) {
    const { learningRate, reason } = proposeRate(curve(valley, noise));
    assert.ok(learningRate > 1e-3 && learningRate < 6e-3, String(learningRate));
    assert.match(reason, /^a third of 0\.00\d+, where the loss was lowest/);
  }
});

test('parameters that are good already: a tenth of the rate that harms them', () => {
  const { learningRate, reason } = proposeRate(curve((power) => (power < -3 ? 0.5 : 0.5 + (power + 3)), 0.01));
  assert.ok(learningRate > 4e-5 && learningRate < 3e-4, String(learningRate));
  assert.match(reason, /^a tenth of .*, where the loss began to rise/);
});

test('a loss that nothing moves: a tenth of the highest rate tried', () => {
  const { learningRate, reason } = proposeRate(curve(() => 0.7));
  assert.equal(learningRate, 0.1);
  assert.match(reason, /the highest tried/);
});

test('an explosion at the end, infinite or not a number, says nothing about the rates before it', () => {
  const points = curve(valley);
  for (const loss of [1e9, Infinity, Number.NaN]) {
    const broken = points.map((point, index) => (index < 50 ? point : { ...point, loss }));
    assert.deepEqual(proposeRate(broken), proposeRate(points));
    assert.ok(smoothed(broken).every(Number.isFinite));
  }
});
