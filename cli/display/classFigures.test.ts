import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classFigures } from './classFigures.js';

const figures = { class: 'dog', support: 12, precision: 0.5, recall: 0.75, f1: 0.6 };

test('a class has precision, recall and F1; a label its average precision and threshold as well', () => {
  assert.match(
    classFigures({ perClass: [figures] }),
    /^class +images +precision +recall +F1\ndog +12 +50\.0 % +75\.0 % +60\.0 %$/,
  );
  const interval: [number, number] = [0.7, 0.9];
  const multiLabel = { mAP: 0.8, interval, microF1: 0.7, exactMatch: 0.5, labels: 1, given: 1 };
  const unmet = { class: 'cat', support: 0, precision: 0, recall: null, f1: 0, averagePrecision: null };
  const labels = classFigures({
    perClass: [{ ...figures, averagePrecision: 0.81, threshold: 0.4321 }, unmet],
    multiLabel,
  });
  assert.match(labels, /^label +images +average precision +threshold +precision +recall +F1$/m);
  assert.match(labels, /^dog +12 +81\.0 % +0\.432 +50\.0 % +75\.0 % +60\.0 %$/m);
  assert.match(labels, /^cat +0 +– +– +0\.0 % +– +0\.0 %$/m);
});
