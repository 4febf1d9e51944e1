import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { card } from '../../test/fixtures/cardForTests.js';
import { getBackbone } from '../backbones/architecture.js';
import { formats } from './formats.js';
import { modelCardText } from './modelCardText.js';
import { preprocessing } from './preprocessing.js';

const base: InputSettings = { ...card('insects', 'run-1', 1).input, resize: 224, store: 224 };
const padded: InputSettings = { ...base, fit: 'pad', fill: [124, 116, 104], range: 'auto' };
const squashed: InputSettings = { ...base, fit: 'squash' };
const how = { interpolation: 'bilinear', antialias: true };
const backbone = getBackbone('resnet18');

test('preprocessing.json says how a picture becomes a square', () => {
  assert.deepEqual(preprocessing(base, 'NCHW').resize, { shortSide: 224, ...how });
  assert.equal('pad' in preprocessing(base, 'NCHW') || 'range' in preprocessing(base, 'NCHW'), false);
  const { resize, pad, range } = preprocessing(padded, 'NCHW');
  assert.deepEqual([resize, pad, range], [{ longSide: 224, ...how }, { size: 224, fill: [124, 116, 104] }, 'auto']);
  assert.deepEqual(preprocessing(squashed, 'NHWC').resize, { width: 224, height: 224, ...how });
});

test('the lines to paste make the same square', () => {
  const lines = (format: 'onnx' | 'tfjs', input: InputSettings) =>
    formats[format].usage(backbone, input, { classes: 2, isUnlikeKnown: false, isMultiLabel: false }).code;
  assert.match(lines('onnx', base), /short = min\(picture\.size\)/);
  assert.match(lines('onnx', padded), /Image\.new\("RGB", \(224, 224\), \(124, 116, 104\)\)/);
  assert.match(lines('onnx', squashed), /picture\.resize\(\(224, 224\), Image\.Resampling\.BILINEAR\)/);
  assert.match(lines('tfjs', base), /Math\.min\(picture\.naturalWidth/);
  assert.match(lines('tfjs', padded), /Math\.max\(picture\.naturalWidth[\s\S]*fillStyle = 'rgb\(124, 116, 104\)'/);
  assert.match(lines('tfjs', squashed), /\[width, height\] = \[224, 224\]/);
});

test('the card of an export says which way it was', () => {
  const { onnx } = formats;
  const text = (input: InputSettings) =>
    modelCardText(
      { ...card('insects', 'run-1', 1), input },
      onnx,
      onnx.usage(backbone, input, { classes: 2, isUnlikeKnown: false, isMultiLabel: false }),
      [],
    );
  assert.match(text(base), /short side to 224 pixels \(bilinear, antialiased\), the centre\n224 × 224, values/);
  assert.match(
    text(padded),
    /long side to 224 pixels .*, in the middle of\n224 × 224 of the colour \[124,116,104\], values/,
  );
  assert.match(text(padded), /more than 8 bits/);
  assert.match(text(squashed), /both sides to 224 pixels/);
});
