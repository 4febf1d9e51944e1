import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittedCalibrationSchema, keptCoverages } from '../../../contracts/data/fittedCalibration.js';
import { normal, uniform } from '../../random.js';
import { answerOf, evaluate } from '../evaluate.js';
import { calibratedAnswer } from './calibratedAnswer.js';
import { fitCalibration } from './fitCalibration.js';
import { classLimitsAt, limitAt } from './keptLimits.js';
import { probabilitiesAt } from './temperature.js';

const classes = 4;

/** Pictures whose labels are drawn by softmax(logits / temperature). */
function pictures(name: string, count: number, temperature: number): { logits: Float64Array; labels: number[] } {
  const logits = Float64Array.from({ length: count * classes }, (_, i) => 3 * normal(name, i));
  const probabilities = probabilitiesAt(logits, classes, temperature);
  const labels = Array.from({ length: count }, (_, i) => {
    let left = uniform(name, 'label', i);
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const found = row.findIndex((probability) => (left -= probability) < 0);
    return found === -1 ? classes - 1 : found;
  });
  return { logits, labels };
}

test('the temperature is found, held-out pictures confirm it, and it can be stored', () => {
  for (const temperature of [0.5, 2]) {
    const fitted = fittedCalibrationSchema.parse(fitCalibration(pictures('validation', 1000, temperature), classes));
    assert.ok(Math.abs(Math.log(fitted.temperature / temperature)) < 0.15, String(fitted.temperature));
    const { loss, expectedCalibrationError: error } = fitted.heldOut;
    assert.ok(loss[1] < loss[0] && error[1] < error[0] && error[1] < 0.04, JSON.stringify(fitted.heldOut));
  }
});

test('pictures that are all recognised, and very few of them, change little', () => {
  const labels = Array.from({ length: 12 }, (_, i) => i % classes);
  const logits = labels.flatMap((label) => Array.from({ length: classes }, (_, k) => (k === label ? 3 : 0)));
  const { temperature, sets } = fitCalibration({ logits, labels }, classes);
  assert.ok(temperature > 0.4 && temperature < 1, String(temperature));
  // 12 pictures promise 92 %, three of a class 75 %.
  assert.deepEqual(
    [0.92, 0.93].map((coverage) => sets.lac[keptCoverages.indexOf(coverage)] === null),
    [false, true],
  );
  assert.ok(Number.isFinite(limitAt({ sets }, 'lac', 0.915)));
  assert.equal(limitAt({ sets }, 'lac', 0.925), Infinity);
  assert.equal(classLimitsAt({ sets }, 0.9)?.length, classes);
  assert.ok(classLimitsAt({ sets }, 0.9)?.every((limit) => limit === Infinity));
  assert.ok(classLimitsAt({ sets }, 0.75)?.every(Number.isFinite));
});

test('a test has the figures before calibration, and sets that cover nine in ten', () => {
  const fitted = fitCalibration(pictures('validation', 1000, 2), classes);
  const { logits, labels } = pictures('test', 1000, 2);
  const [before, after] = [1, fitted.temperature].map((at) => {
    const probabilities = probabilitiesAt(logits, classes, at);
    return labels.map((label, i) => {
      const row = probabilities.subarray(i * classes, (i + 1) * classes);
      return at === 1 ? answerOf(row, label) : calibratedAnswer(answerOf(row, label), row, fitted);
    });
  });
  const names = ['a', 'b', 'c', 'd'];
  const [plain, calibrated] = [evaluate(before!, names, []), evaluate(after!, names, [])];
  assert.equal(plain.uncalibrated, undefined);
  assert.equal(calibrated.top1, plain.top1);
  assert.ok(Math.abs(calibrated.uncalibrated!.loss - plain.loss) < 1e-9);
  assert.equal(
    calibrated.uncalibrated!.expectedCalibrationError.toFixed(9),
    plain.calibration.expectedCalibrationError.toFixed(9),
  );
  assert.ok(calibrated.loss < plain.loss);
  const { lac, aps } = calibrated.sets!;
  assert.ok(lac.interval[0] < 0.9 && lac.interval[1] > 0.9 && lac.meanSize < 3, JSON.stringify(lac));
  assert.ok(aps.coverage >= lac.coverage && aps.empty === 0);
});
