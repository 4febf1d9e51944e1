import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluationInBrief, evaluationOnCard, type Evaluation } from './evaluation.js';

function evaluation(classes: number): Evaluation {
  return {
    format: 1,
    count: 5000,
    top1: 0.812345678,
    interval: [0.8, 0.83],
    topK: { 5: 0.95 },
    loss: 0.7,
    perClass: Array.from({ length: classes }, (_, index) => ({
      class: `class number ${index}`,
      support: 5,
      precision: 1 / 3,
      recall: 2 / 3,
      f1: 4 / 9,
    })),
    macroF1: 0.8,
    ...(classes > 100
      ? { confusion: [], confusionCells: Array.from({ length: 9 * classes }, (_, index) => [index % classes, 0, 3]) }
      : { confusion: Array.from({ length: classes }, () => new Array<number>(classes).fill(3)) }),
    calibration: { expectedCalibrationError: 0.03, bins: [] },
  };
}

test('an evaluation fits into a history, however many classes there are', () => {
  for (const classes of [2, 60, 61, 101, 5000]) {
    const brief = evaluationInBrief(evaluation(classes));
    assert.ok(JSON.stringify(brief).length < 32 * 1024);
    assert.equal(brief.perClass.length, classes <= 60 ? classes : 0);
    assert.deepEqual([brief.top1, brief.confusionCells], [0.812345678, undefined]);
  }
});

test('a card has the figures of each class, and the confusion of a hundred classes at most', () => {
  assert.deepEqual(evaluationOnCard(evaluation(100)), evaluation(100));
  const many = evaluationOnCard(evaluation(5000));
  assert.deepEqual([many.perClass.length, many.confusion, many.confusionCells], [5000, [], undefined]);
  assert.ok(JSON.stringify(many).length < 1_000_000);
});
