import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal } from '../../random.js';
import { proposeRate, smoothed, type RangePoint } from './proposeRate.js';

/** Rates from 1e-6 to 1, and at each the loss a function of its power of ten, with noise. */
function curve(loss: (power: number) => number, noise = 0): RangePoint[] {
  return Array.from({ length: 61 }, (_, index) => {
    const power = -6 + index / 10;
    return { learningRate: 10 ** power, loss: loss(power) + noise * normal('noise', index) };
  });
}

/** As a new head's: flat, falling around 1e-3, lowest at 1e-2, then up steeply. */
const valley = (power: number): number => (power < -2 ? 1 - 0.6 * Math.tanh(2 * (power + 3)) : 0.42 + 3 * (power + 2));

test("a new head's rate is twice the one at which its loss falls fastest, noise or not", () => {
  for (const noise of [0, 0.05]) {
    const { learningRate, reason } = proposeRate(curve(valley, noise));
    assert.ok(learningRate > 8e-4 && learningRate < 5e-3, String(learningRate));
    assert.match(reason, /^twice 0\.\d+, where the loss fell fastest \(by 7\d %/);
  }
});

test('parameters that are good already: a third of the rate that begins to harm them, bumps before it or not', () => {
  for (const noise of [0, 0.02]) {
    const { learningRate, reason } = proposeRate(curve((power) => (power < -3 ? 0.5 : 0.5 + (power + 3)), noise));
    assert.ok(learningRate > 2e-4 && learningRate < 6e-4, String(learningRate));
    assert.match(reason, /^a third of .*, where the loss starts to rise/);
  }
});

test('a loss that nothing moves: a tenth of the highest rate tried', () => {
  const { learningRate, reason } = proposeRate(curve(() => 0.7));
  assert.equal(learningRate, 0.1);
  assert.match(reason, /highest rate tried/);
});

test('an explosion at the end, infinite or not a number, says nothing about the rates before it', () => {
  const points = curve(valley);
  for (const loss of [1e9, Infinity, Number.NaN]) {
    const broken = points.map((point, index) => (index < 50 ? point : { ...point, loss }));
    assert.deepEqual(proposeRate(broken), proposeRate(points));
    assert.ok(smoothed(broken).every(Number.isFinite));
  }
});
