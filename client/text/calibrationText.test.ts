import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PictureTest } from '../../contracts/models/pictureTest.js';
import { pictureTestText } from '../../cli/display/pictureTestText.js';
import { calibration } from '../../learning/metrics/calibration.js';
import { calibrationText } from './calibrationText.js';

/** Ten surely right pictures at 95 %, so that chance makes most of the plain error. */
const few = calibration(new Array<number>(10).fill(0.95), new Array<boolean>(10).fill(true));

test('the calibration error is the debiased one, with a judgement', () => {
  assert.match(calibrationText(few.bins), /^0\.0\d\d \(debiased\), too few pictures to judge$/);
});

test('a test on other pictures names the same error as the card of a model', () => {
  const evaluation = { top1: 1, interval: [0.7, 1], count: 10, perClass: [], topK: {}, macroF1: 1, calibration: few };
  const leaks = { counts: { identical: 0, alike: 0, group: 0 }, examples: [], isWhole: true, leftOut: true };
  const found = { model: { name: 'm', version: 1 }, uri: 's3://b/p', unusable: { count: 0, examples: [] } };
  const shown = pictureTestText(
    { ...found, evaluation, leaks, notes: [], gone: 0 } as unknown as PictureTest,
    undefined,
  );
  assert.ok(shown.includes(calibrationText(few.bins)), shown);
});
