import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluationSchema } from '../../contracts/data/evaluation.js';
import { calibration } from './calibration.js';
import { classMetrics, macroF1 } from './classMetrics.js';
import { confusionCells, confusionOf, countConfusion, type ConfusionCell } from './confusion.js';
import { answerOf, answersOf, evaluate } from './evaluate.js';
import { wilsonInterval } from './interval.js';
import { topIndices } from './ranking.js';

const near = (actual: number, expected: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

test('precision, recall and F1 of a hand-counted confusion matrix', () => {
  const predicted = [0, 0, 1, 1, 0, 0];
  const cells = countConfusion(
    [0, 0, 0, 1, 1, 2].map((label, image) => ({ label, predicted: predicted[image]! })),
    4,
  );
  assert.deepEqual(confusionOf(cells, 4).confusion, [
    [2, 1, 0, 0],
    [1, 1, 0, 0],
    [1, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
  assert.deepEqual(classMetrics(cells, 4), [
    { support: 3, precision: 0.5, recall: 2 / 3, f1: 4 / 7 },
    { support: 2, precision: 0.5, recall: 0.5, f1: 0.5 },
    { support: 1, precision: null, recall: 0, f1: 0 },
    { support: 0, precision: null, recall: null, f1: null },
  ]);
  near(macroF1(classMetrics(cells, 4)), (4 / 7 + 0.5 + 0) / 3);
  // The same where the fourth class is predicted once, for a picture of the third.
  const taken = cells.map(([label, predicted, count]): ConfusionCell => [label, label === 2 ? 3 : predicted, count]);
  assert.equal(classMetrics(taken, 4)[3]?.f1, 0);
  near(macroF1(classMetrics(taken, 4)), (2 / 3 + 0.5 + 0) / 3);
});

test('Wilson intervals agree with published values', () => {
  // statsmodels.stats.proportion.proportion_confint(8, 10, method='wilson') and (0, 20), (20, 20)
  const [low, high] = wilsonInterval(8, 10);
  near(low, 0.490162, 1e-5);
  near(high, 0.943318, 1e-5);
  const [none, some] = wilsonInterval(0, 20);
  assert.equal(none, 0);
  near(some, 0.161125, 1e-5);
  const [most, all] = wilsonInterval(20, 20);
  near(most, 0.838875, 1e-5);
  assert.equal(all, 1);
});

test('calibration: two bins of two images each', () => {
  const { expectedCalibrationError, bins } = calibration([0.9, 0.92, 0.55, 0.59], [true, false, true, true]);
  // (0.86…, 0.93]: |1 − 1.82| = 0.82; (0.53…, 0.6]: |2 − 1.14| = 0.86
  near(expectedCalibrationError, (0.82 + 0.86) / 4);
  assert.equal(bins.length, 15);
  assert.deepEqual(
    bins.filter(({ count }) => count > 0).map(({ count, accuracy }) => [count, accuracy]),
    [
      [2, 1],
      [2, 0.5],
    ],
  );
});

test('a confidence on the border belongs to the lower bin, 1 to the last and 0 to the first', () => {
  const counts = (confidence: number) => calibration([confidence], [true]).bins.findIndex(({ count }) => count === 1);
  assert.equal(counts(1 / 15), 0);
  assert.equal(counts(1), 14);
  assert.equal(counts(0), 0);
});

test('a whole evaluation, by hand', () => {
  const probabilities = Float32Array.from([0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.25, 0.25, 0.5, 0.5, 0.25, 0.25]);
  const evaluation = evaluate(answersOf(probabilities, [0, 1, 2, 2], 3), ['ant', 'bee', 'cat'], [2, 3, 5]);
  evaluationSchema.parse(evaluation);
  assert.equal(evaluation.top1, 0.75);
  // The last image's own class is third: equal to the second, but ties go to the lower index.
  assert.deepEqual(evaluation.topK, { 2: 0.75 });
  near(evaluation.loss, (3 * Math.log(2) + Math.log(4)) / 4);
  assert.deepEqual(evaluation.confusion, [
    [1, 0, 0],
    [0, 1, 0],
    [1, 0, 1],
  ]);
  near(evaluation.macroF1, (2 / 3 + 1 + 2 / 3) / 3);
  near(evaluation.calibration.expectedCalibrationError, 0.25);
});

test('an evaluation of any probabilities keeps its promises', () => {
  const images = fc.array(
    fc.tuple(fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }), fc.nat(3)),
    {
      minLength: 1,
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(images, (cases) => {
      const rows = cases.map(([row]) => {
        const sum = row.reduce((total, value) => total + value, 0);
        return row.map((value) => (sum === 0 ? 0.25 : value / sum));
      });
      const labels = cases.map(([, label]) => label);
      const evaluation = evaluationSchema.parse(
        evaluate(answersOf(Float32Array.from(rows.flat()), labels, 4), ['a', 'b', 'c', 'd'], [1, 2, 3]),
      );
      const [low, high] = evaluation.interval;
      assert.ok(low <= evaluation.top1 && evaluation.top1 <= high);
      const accuracies = [1, 2, 3].map((k) => evaluation.topK[k] ?? Number.NaN);
      assert.ok((accuracies[0] ?? 1) <= (accuracies[1] ?? 0) && (accuracies[1] ?? 1) <= (accuracies[2] ?? 0));
      assert.equal(
        evaluation.confusion.flat().reduce((sum, n) => sum + n, 0),
        labels.length,
      );
    }),
  );
});

test('5,000 classes: the confusion is its cells, no more than there are pictures, and the figures are the same', () => {
  const classes = Array.from({ length: 5_000 }, (_, index) => `class-${index}`);
  const answers = Array.from({ length: 20_000 }, (_, image) => {
    const label = image % 5_000;
    const isWrong = image % 4 === 0;
    const predicted = isWrong ? (label + 1) % 5_000 : label;
    return { label, predicted, rank: Number(isWrong), probability: isWrong ? 0.25 : 0.5, confidence: 0.5 };
  });
  const evaluation = evaluationSchema.parse(evaluate(answers, classes, [1, 5]));
  assert.deepEqual(evaluation.confusion, []);
  const cells = confusionCells(evaluation);
  assert.ok(cells.length <= answers.length);
  assert.equal(
    cells.reduce((sum, [, , count]) => sum + count, 0),
    answers.length,
  );
  assert.deepEqual(
    cells.filter(([label]) => label === 4),
    [[4, 5, 4]],
  );
  assert.deepEqual([evaluation.top1, evaluation.topK[5], evaluation.perClass.length], [0.75, 1, 5_000]);
  assert.ok(JSON.stringify(evaluation).length < 2_000_000);
});

test('a matrix and its cells say the same', () => {
  const evaluation = evaluate([answerOf([0.5, 0.5], 0), answerOf([0.9, 0.1], 1)], ['a', 'b'], []);
  assert.deepEqual(evaluation.confusion, [
    [1, 0],
    [1, 0],
  ]);
  assert.deepEqual(confusionCells(evaluation), [
    [0, 0, 1],
    [1, 0, 1],
  ]);
});

test('sizes that do not fit, and values that are no numbers, are refused', () => {
  assert.throws(() => answersOf(new Float32Array(3), [0], 2), /3 probabilities for 1 images of 2 classes/);
  assert.throws(() => evaluate([], ['a', 'b'], []), /no image/);
  assert.throws(() => answersOf(Float32Array.from([Number.NaN, 1]), [0], 2), /not finite/);
  const answer = { ...answerOf([1, 0], 0), predicted: 2 };
  assert.throws(() => evaluate([answer], ['a', 'b'], []), /image 0: label or prediction outside 0…1/);
});

test('the best classes first, ties to the lower index', () => {
  assert.deepEqual(topIndices([0.1, 0.4, 0.4, 0.05], 3), [1, 2, 0]);
});
