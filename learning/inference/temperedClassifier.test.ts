import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTemperature } from './temperedClassifier.js';

test('the classifier is divided by the temperature, and nothing else is', () => {
  const parameters = new Map([
    ['features.weight', { shape: [2], data: Float32Array.of(1, 2) }],
    ['head.weight', { shape: [2, 1], data: Float32Array.of(3, -4) }],
    ['head.bias', { shape: [2], data: Float32Array.of(1, 0) }],
    ['head.weights', { shape: [1], data: Float32Array.of(7) }],
  ]);
  const backbone = { classifierName: 'head' };
  const tempered = withTemperature(backbone, parameters, 0.5);
  assert.deepEqual([...tempered.keys()], [...parameters.keys()]);
  assert.deepEqual(
    [...tempered.values()].map(({ data }) => Array.from(data)),
    [[1, 2], [6, -8], [2, 0], [7]],
  );
  assert.equal(withTemperature(backbone, parameters, 1), parameters);
});
