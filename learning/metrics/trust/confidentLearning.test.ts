import assert from 'node:assert/strict';
import { test } from 'node:test';
import { averagePrecision } from './averagePrecision.js';
import { confidentJoint, labelIssues, normalizedMargins } from './confidentLearning.js';

/** Two classes of which picture 2 and 5 have the other's label. */
const labels = [0, 0, 0, 1, 1, 1];
const probabilities = [0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.2, 0.8, 0.1, 0.9, 0.95, 0.05];
const given = { probabilities, labels, classes: 2 };

test('pictures that reach the threshold of the other class are found, the surest first', () => {
  assert.deepEqual(confidentJoint(given), [
    [2, 1],
    [1, 2],
  ]);
  assert.deepEqual(labelIssues(given), [5, 2]);
  assert.ok(Math.abs(normalizedMargins(given)[5]! - 0.05) < 1e-12);
});

test('nothing is found where the model agrees, and a class without pictures has none', () => {
  const sure = {
    probabilities: labels.flatMap((label) => (label === 0 ? [0.9, 0.1] : [0.2, 0.8])),
    labels,
    classes: 2,
  };
  assert.deepEqual(labelIssues(sure), []);
  const three = {
    probabilities: labels.flatMap((label) => [0.6 - 0.2 * label, 0.2, 0.2 + 0.2 * label]),
    labels,
    classes: 3,
  };
  assert.deepEqual(confidentJoint(three)[2], [0, 0, 0]);
});

test('average precision counts equal scores as one place', () => {
  assert.equal(averagePrecision([3, 2, 1], [true, false, true]), (1 + 2 / 3) / 2);
  assert.equal(averagePrecision([1, 1, 1, 1], [true, false, false, false]), 0.25);
  assert.ok(Number.isNaN(averagePrecision([1], [false])));
});
