import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniform } from '../random.js';
import { judgeRecalls, type ClassRecall } from './recallLimit.js';

/** How often a limit of 0.8 holds, of 300 tests of `pictures` a class; each class has a true recall. */
function passRate(truths: readonly number[], pictures: number, limit = 0.8): number {
  const trials = 300;
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const perClass = truths.map((truth, index): ClassRecall => {
      let hits = 0;
      for (let i = 0; i < pictures; i++) hits += Number(uniform('recall', trial, index, i) < truth);
      return { class: String(index), support: pictures, recall: hits / pictures };
    });
    held += Number(judgeRecalls(perClass, limit).holds);
  }
  return held / trials;
}

const all = (classes: number, truth: number): number[] => new Array<number>(classes).fill(truth);

test('classes that all reach the limit pass, however many there are and however few their pictures', () => {
  // The least of a hundred recalls is below 0.8 in five tests of six.
  assert.ok(passRate(all(100, 0.92), 20) >= 0.99);
  for (const [classes, pictures] of [
    [1, 20],
    [2, 10],
    [10, 50],
    [100, 5],
  ] as const) {
    assert.ok(passRate(all(classes, 0.8), pictures) >= 0.93, `${classes} classes, ${pictures} pictures, at the limit`);
  }
});

test('a class that is clearly below the limit does not pass, nor do classes that are all a little below it', () => {
  assert.ok(passRate([...all(9, 0.95), 0.3], 50) <= 0.02);
  assert.ok(passRate([...all(99, 0.95), 0.1], 20) <= 0.02);
  assert.ok(passRate(all(100, 0.7), 20) <= 0.02);
});

test('the class that breaks the limit is named, with its bound; otherwise the one with the least recall', () => {
  const ants = { class: 'ants', support: 2, recall: 0.5 };
  const bees = { class: 'bees', support: 100, recall: 0.6 };
  const broken = judgeRecalls([ants, bees], 0.8);
  assert.deepEqual([broken.holds, broken.detail, broken.value], [false, 'bees', 0.6]);
  assert.ok(broken.bound !== undefined && broken.bound > 0.6 && broken.bound < 0.8);
  const holds = judgeRecalls([ants, { ...bees, recall: 0.78 }], 0.8);
  assert.deepEqual([holds.holds, holds.detail, holds.value], [true, 'ants', 0.5]);
  const weak = judgeRecalls(
    all(100, 0.7).map((recall, index) => ({ class: String(index), support: 20, recall })),
    0.8,
  );
  assert.deepEqual([weak.holds, 'detail' in weak], [false, false]);
});

test('a class without test pictures breaks the limit: a model may be blind to it', () => {
  const perClass = [
    { class: 'ants', support: 10, recall: 1 },
    { class: 'bees', support: 0, recall: null },
  ];
  const { value, holds, detail } = judgeRecalls(perClass, 0.5);
  assert.deepEqual({ value, holds, detail }, { value: null, holds: false, detail: 'bees' });
  assert.equal(judgeRecalls([], 0.5).holds, false);
});
