import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal } from '../random.js';
import { similarity, taskEmbedding } from './taskEmbedding.js';

const dimensions = 64;

/** Classes around centres of their own; the same class name has the same centre in every task. */
function task(classes: readonly string[], draw: number) {
  const labels = Array.from({ length: classes.length * 30 }, (_, i) => i % classes.length);
  const features = Float32Array.from({ length: labels.length * dimensions }, (_, i) => {
    const [row, d] = [Math.floor(i / dimensions), i % dimensions];
    return Math.abs(normal(classes[labels[row]!]!, d)) + 0.3 * normal(draw, i);
  });
  return taskEmbedding({ features, dimensions, labels });
}

test('the same classes in other pictures are more alike than other classes, and some in common lie between', () => {
  const own = task(['a', 'b', 'c'], 1);
  const [same, half, other] = [task(['c', 'a', 'b'], 2), task(['a', 'x', 'y'], 3), task(['x', 'y', 'z'], 4)];
  assert.equal(similarity(own, own), 1);
  assert.ok(similarity(own, same) > 0.8, String(similarity(own, same)));
  assert.ok(similarity(own, same) > similarity(own, half));
  assert.ok(similarity(own, half) > similarity(own, other));
  assert.equal(similarity(own, other), similarity(other, own));
});

test('an embedding is small, whatever the number of classes', () => {
  const embedding = task(
    Array.from({ length: 100 }, (_, i) => `class ${i}`),
    1,
  );
  assert.equal(embedding.classes.length, 64);
  assert.ok(JSON.stringify(embedding).length < 64 * 1024);
});
