import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluationInBrief, type Evaluation } from './evaluation.js';

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
    confusion: Array.from({ length: classes }, () => new Array<number>(classes).fill(3)),
    calibration: { expectedCalibrationError: 0.03, bins: [] },
  };
}

test('an evaluation fits into a history, however many classes there are', () => {
  for (const classes of [2, 60, 61, 1000]) {
    const brief = evaluationInBrief(evaluation(classes));
    assert.ok(JSON.stringify(brief).length < 32 * 1024);
    assert.equal(brief.perClass.length, classes <= 60 ? classes : 0);
    assert.equal(brief.top1, 0.812345678);
  }
});
