import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal } from '../random.js';
import { calibrate, type Experience } from './calibration.js';
import { ridge } from './algebra/ridge.js';

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

/** Runs whose accuracy follows the scores, but for a noise of `spread` on the logit scale. */
function runs(tasks: number, each: number, spread: number): Experience[] {
  return Array.from({ length: tasks * each }, (_, i) => {
    const knn = logistic(normal('knn', i) + 1);
    const gain = 0.3 * normal('gain', i);
    const top1 = logistic(0.5 + Math.log(knn / (1 - knn)) + 0.5 * gain + spread * normal('noise', i));
    return { task: `task ${i % tasks}`, knn, gain, fineTuned: true, top1, count: 10_000 };
  });
}

test('with too few records, or too few data sets, it says so and predicts nothing', () => {
  const few = calibrate(runs(7, 1, 0.1));
  assert.equal(few.predict, undefined);
  assert.match(few.report.reason, /8 finished runs on 3 data sets, but there are 7 on 7/);
  assert.equal(calibrate(runs(2, 20, 0.1)).predict, undefined);
  assert.equal(calibrate([]).report.used, false);
});

test('predictions follow the records, and their intervals hold about as often as they say', () => {
  const { predict, report } = calibrate(runs(10, 6, 0.4));
  assert.ok(predict);
  assert.deepEqual([report.used, report.records, report.tasks], [true, 60, 10]);
  const fresh = runs(40, 10, 0.4).slice(60);
  const held = fresh.filter((run) => {
    const { low, high } = predict(run);
    return low <= run.top1 && run.top1 <= high;
  }).length;
  assert.ok(held / fresh.length > 0.7 && held / fresh.length < 0.92, String(held / fresh.length));
  assert.ok(
    predict({ knn: 0.9, gain: 0.2, fineTuned: true }).top1 > predict({ knn: 0.5, gain: 0.2, fineTuned: true }).top1,
  );
});

test('scores that say nothing widen the interval, and it stays within 0 and 1', () => {
  const informed = calibrate(runs(10, 6, 0.1)).predict;
  const scattered = calibrate(runs(10, 6, 1.5)).predict;
  assert.ok(informed && scattered);
  const source = { knn: 0.999, gain: 1, fineTuned: true };
  const [narrow, wide] = [informed(source), scattered(source)];
  assert.ok(wide.high - wide.low > narrow.high - narrow.low);
  for (const { low, top1, high } of [narrow, wide]) assert.ok(low >= 0 && low <= top1 && top1 <= high && high <= 1);
});

test('ridge finds a plane, shrinks towards the mean, and leaves out what never varies', () => {
  const rows = Array.from({ length: 50 }, (_, i) => [normal('a', i), normal('b', i), 3]);
  const targets = rows.map(([a, b]) => 2 * a! - b! + 5);
  assert.ok(Math.abs(ridge(rows, targets, 1e-9).predict([1, 1, 9]) - 6) < 1e-6);
  const mean = targets.reduce((sum, value) => sum + value, 0) / 50;
  assert.ok(Math.abs(ridge(rows, targets, 1e9).predict([1, 1, 3]) - mean) < 1e-4);
});
