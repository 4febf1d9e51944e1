import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittedCalibrationSchema, keptCoverages } from '../../../contracts/data/fittedCalibration.js';
import { normal, uniform } from '../../random.js';
import { answerOf, evaluate } from '../evaluate.js';
import { calibratedAnswer } from './calibratedAnswer.js';
import { fitCalibration } from './fitCalibration.js';
import { classLimits, limitAt } from './keptLimits.js';
import { probabilitiesAt } from './temperature.js';
import { usualTemperature } from './usualTemperature.js';

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
  const calibration = fitCalibration({ logits, labels }, classes);
  const { temperature, sets } = calibration;
  assert.ok(temperature > 0.4 && temperature < 1, String(temperature));
  // 12 pictures promise 92 %, three of a class 75 %.
  assert.deepEqual(
    [0.92, 0.93].map((coverage) => sets.lac[keptCoverages.indexOf(coverage)] === null),
    [false, true],
  );
  assert.ok(Number.isFinite(limitAt({ sets }, 'lac', 0.915)));
  assert.equal(limitAt({ sets }, 'lac', 0.925), Infinity);
  const card = { name: 'few', version: 1, classes: ['a', 'b', 'c', 'd'], calibration };
  const limits = (coverage: number) => classLimits(card, { coverage, method: 'lac', perClass: true });
  assert.throws(() => limits(0.9), {
    message: /^The 12 pictures that validated few@1 are too few of each class for sets at 90 %/,
  });
  assert.throws(() => classLimits(card, { coverage: 0.95, method: 'aps', perClass: false }), {
    remedy: /at most 0\.92/,
  });
  assert.ok(limits(0.75).length === classes && limits(0.75).every(Number.isFinite));
});

test('few pictures that are all recognised leave the temperature that is usual with label smoothing', () => {
  // 0.1 of five classes asks for 0.92: odds of 46 to 1 against each other class, where 0.99 has 396.
  const usual = usualTemperature(5, 0.1);
  assert.ok(Math.abs(usual - Math.log(46) / Math.log(396)) < 1e-12);
  assert.deepEqual([usualTemperature(5, 0), usualTemperature(1000, 0)], [1, 1]);
  const rows = (count: number) => {
    const labels = Array.from({ length: count }, (_, i) => i % classes);
    return { labels, logits: labels.flatMap((label) => labels.slice(0, classes).map((k) => (k === label ? 3 : 0))) };
  };
  const [few = 0, many = 0] = [10, 2000].map((count) => fitCalibration(rows(count), classes, usual).temperature);
  assert.ok(many < few && few < usual, `${many}, ${few}, ${usual}`);
  const drawn = fitCalibration(pictures('validation', 1000, 2), classes, usual).temperature;
  assert.ok(drawn > 1.6, String(drawn));
});

test('sets that a card cannot give are refused with what to do', () => {
  const wanted = { coverage: 0.9, method: 'lac', perClass: false } as const;
  const older = { name: 'old', version: 3, classes: ['a', 'b'] };
  assert.throws(() => classLimits(older, wanted), { code: 'GW_USAGE', message: /^old@3 has no prediction sets/ });
  const { sets, ...rest } = fitCalibration(pictures('validation', 40, 1), classes);
  const { lacByClass: _own, ...few } = sets;
  const many = { ...older, calibration: { ...rest, sets: few } };
  assert.throws(() => classLimits(many, { ...wanted, perClass: true }), { message: /too many classes/ });
  assert.throws(() => classLimits(many, { ...wanted, method: 'aps', perClass: true }), { remedy: /Use lac/ });
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
