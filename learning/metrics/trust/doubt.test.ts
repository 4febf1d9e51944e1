import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doubtOf } from './doubt.js';
import { fitCalibration } from './fitCalibration.js';

test('an answer is doubted where the picture is unlike, or the model unsure; without calibration never', () => {
  const logits = Array.from({ length: 40 }, (_, i) => [1 + i / 10, 0]).flat();
  const fitted = fitCalibration({ logits, labels: new Array<number>(40).fill(0) }, 2);
  const calibration = { ...fitted, unlike: { means: 'a'.repeat(64), limit: 0.3 } };
  assert.deepEqual(doubtOf(calibration, { confidence: 0.99, unlikeness: 0.4 }), { doubt: 'unlike' });
  assert.deepEqual(doubtOf(calibration, { confidence: 0.55, unlikeness: 0.2 }), { doubt: 'unsure' });
  assert.deepEqual(doubtOf(calibration, { confidence: 0.99, unlikeness: 0.3 }), {});
  assert.deepEqual(doubtOf(fitted, { confidence: 0.99, unlikeness: undefined }), {});
  assert.deepEqual(doubtOf(undefined, { confidence: 0.1, unlikeness: 3 }), {});
});
