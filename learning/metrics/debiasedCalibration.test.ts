import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniform } from '../random.js';
import { calibration } from './calibration.js';
import { debiasedCalibration } from './debiasedCalibration.js';
import { normalWithin } from './normalDistribution.js';

/** A model's test, many times: confidences as a classifier has them, most of them high; `truth` says how often it is right. */
function tests(pictures: number, truth: (confidence: number) => number, trials = 300) {
  return Array.from({ length: trials }, (_, trial) => {
    const confidences = Array.from({ length: pictures }, (_, i) => 1 - 0.5 * uniform('confidence', trial, i) ** 3);
    const correct = confidences.map((confidence, i) => uniform('right', trial, i) < truth(confidence));
    const plain = calibration(confidences, correct);
    return { plain: plain.expectedCalibrationError, ...debiasedCalibration(plain.bins) };
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;

test('chances of the standard normal', () => {
  for (const [z, chance] of [
    [0, 0],
    [1, 0.6826894921],
    [1.959963984540054, 0.95],
    [4, 0.9999366575],
  ] as const) {
    assert.ok(Math.abs(normalWithin(z) - chance) < 2e-7, `${z}`);
  }
});

test('a perfectly calibrated model has nearly no calibration error, however small its test', () => {
  for (const pictures of [20, 50, 200]) {
    const found = tests(pictures, (confidence) => confidence);
    assert.ok(mean(found.map(({ error }) => error)) < 0.025, `${pictures} pictures`);
    assert.ok(share(found.map(({ low }) => low > 0)) <= 0.05, `${pictures} pictures`);
  }
  // What it is judged by elsewhere says something else.
  assert.ok(mean(tests(50, (confidence) => confidence).map(({ plain }) => plain)) > 0.08);
});

test('the bound of a model that is off by a tenth is seldom above it, and what is clearly off is found', () => {
  for (const pictures of [50, 200, 1000]) {
    const found = tests(pictures, (confidence) => confidence - 0.1);
    assert.ok(share(found.map(({ low }) => low > 0.1)) <= 0.05, `${pictures} pictures`);
    assert.ok(mean(found.map(({ error }) => error)) <= 0.105, `${pictures} pictures`);
  }
  const many = tests(1000, (confidence) => confidence - 0.1);
  assert.ok(Math.abs(mean(many.map(({ error }) => error)) - 0.1) < 0.015);
  assert.ok(share(many.map(({ low }) => low > 0.04)) >= 0.9);
});

test('a model that is underconfident throughout is found on few pictures, spread over many bins', () => {
  const found = tests(24, (confidence) => confidence).map((_, trial) => {
    const confidences = Array.from({ length: 24 }, (_picture, i) => 0.5 + 0.5 * uniform('spread', trial, i));
    const bins = calibration(
      confidences,
      Array.from({ length: 24 }, () => true),
    ).bins;
    return debiasedCalibration(bins).error;
  });
  assert.ok(mean(found) > 0.2, `${mean(found)}, where the truth is 0.25`);
});

test('of many pictures it is the plain error; of none it is 0', () => {
  const [one] = tests(20_000, (confidence) => confidence - 0.2, 1);
  assert.ok(one !== undefined && Math.abs(one.error - one.plain) < 1e-3);
  assert.deepEqual(debiasedCalibration([]), { error: 0, low: 0 });
  // Sure of everything, and always right: there is no spread.
  const sure = calibration([1, 1, 1], [true, true, true]);
  assert.deepEqual(debiasedCalibration(sure.bins), { error: 0, low: 0 });
  assert.equal(debiasedCalibration(calibration([1, 1], [false, false]).bins).error > 0.4, true);
});
