import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClassMeans, doubtLimit, unlikeness } from './likeness.js';

test('a picture is as unlike as its features point away from every class', () => {
  const learnt = new ClassMeans();
  learnt.add(Float32Array.of(3, 0, 0), 2);
  learnt.add(Float32Array.of(0, 5, 0), 0);
  learnt.add(Float32Array.of(0, 1, 0), 0);
  const means = learnt.means();
  assert.deepEqual(Array.from(means), [0, 1, 0, 1, 0, 0]);
  assert.equal(unlikeness(Float32Array.of(0, 9, 0), means), 0);
  assert.equal(unlikeness(Float32Array.of(0, 0, 2), means), 2);
  assert.equal(unlikeness(Float32Array.of(-1, 0, 0), means), 2);
  assert.ok(Number.isFinite(unlikeness(new Float32Array(3), means)));
});

test('the limit leaves out one in twenty, and of few pictures none', () => {
  const scores = Array.from({ length: 99 }, (_, i) => i / 100);
  assert.equal(doubtLimit(scores), 0.94);
  assert.equal(doubtLimit([0.2, 0.7, 0.1]), 0.7);
});
