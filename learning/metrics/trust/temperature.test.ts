import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestTemperature, lossesAt, meanLoss, probabilitiesAt } from './temperature.js';

const logits = Float32Array.from([2, 0, 1, 0, 0, 3, 1, 0]);
const labels = [0, 0, 1, 1];
const few = (pictures: number) => ({ pictures, temperature: 1 });
const near = (value: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(value - expected) < tolerance, `${value} is not ${expected}`);

test('losses at the best temperature do not depend on how sure a head is', () => {
  const [plain = [], shy = []] = [1, 0.1].map((scale) => {
    const scaled = logits.map((value) => value * scale);
    return lossesAt(scaled, labels, bestTemperature({ logits: scaled, labels }));
  });
  for (const [index, loss] of plain.entries()) near(loss, shy[index] ?? 0, 1e-6);
  // By hand: one of two rows that are alike is wrong, so no temperature makes these pictures certain.
  const alike = { logits: Float32Array.from([1, 0, 1, 0]), labels: [0, 1] };
  assert.deepEqual(
    lossesAt(alike.logits, alike.labels, bestTemperature(alike)).map((loss) => loss.toFixed(2)),
    ['0.66', '0.72'],
  );
});

test('the temperature is that which the rows were made with', () => {
  // By hand: of rows with logits (ln 3, 0), three in four are of the first class at temperature 1.
  const rows = (scale: number) => [0, 1, 2, 3].flatMap(() => [scale * Math.log(3), 0]);
  for (const scale of [0.2, 1, 7]) {
    near(bestTemperature({ logits: rows(scale), labels: [0, 0, 0, 1] }), scale, 1e-6);
  }
  const fitted = { logits: rows(7), labels: [0, 0, 0, 1] };
  assert.ok(meanLoss(fitted, 7) < Math.min(meanLoss(fitted, 6.999), meanLoss(fitted, 7.001)));
  near(meanLoss(fitted, 7), -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)), 1e-12);
});

test('few rows move the temperature little, many move it nearly all the way', () => {
  const repeated = (times: number) => ({
    logits: Array.from({ length: times }, () => [...logits]).flat(),
    labels: Array.from({ length: times }, () => labels).flat(),
  });
  const plain = bestTemperature(repeated(1));
  const shrunk = [1, 10, 1000].map((times) => bestTemperature(repeated(times), few(10)));
  const distances = shrunk.map((temperature) => Math.abs(Math.log(temperature / plain)));
  assert.ok(distances[0]! > distances[1]! && distances[1]! > distances[2]! && distances[2]! < 0.01, String(distances));
  assert.ok(Math.abs(Math.log(shrunk[0]!)) < Math.abs(Math.log(plain)));
});

test('rows that are all right, and none at all, leave a temperature that can be used', () => {
  const right = { logits: [2, 0, 0, 2], labels: [0, 1] };
  near(bestTemperature(right), 1 / 16, 1e-6);
  const careful = bestTemperature(right, few(5));
  assert.ok(careful > 0.5 && careful < 1, String(careful));
  assert.equal(bestTemperature({ logits: [], labels: [] }, few(5)), 1);
  near(bestTemperature({ logits: [1, 1], labels: [0] }), 1, 16);
});

test('probabilities keep the order of the classes, and sum to 1 however large the logits are', () => {
  const rows = probabilitiesAt([1000, 0, -1000, 3, 2, 1], 3, 2);
  near(rows[0]!, 1, 1e-12);
  near(rows[3]! + rows[4]! + rows[5]!, 1, 1e-12);
  near(rows[3]! / rows[4]!, Math.exp(0.5), 1e-12);
});
