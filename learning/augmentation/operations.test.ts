import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { applyOperation } from './operations.js';
import { operationAt, operationNames, type OperationName } from './randAugment.js';

const side = 24;
/** Slopes, edges and a different range in each channel. */
const picture = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
  const [y, x, c] = [Math.floor(i / 3 / side), Math.floor(i / 3) % side, i % 3];
  return 20 + ((x * 7 + y * 3 + c * 50 + ((x * y) % 11) * 5) % (200 - 20 * c));
});

/** sha256 of what torchvision 0.29.2 and Pillow 13.0 make of that picture (`_apply_op` of torchvision's autoaugment.py). */
const expected: [OperationName, number, string][] = [
  ['Identity', 9, '72982a32b7377bf0'],
  ['ShearX', 9, 'a1c732da7bb20859'],
  ['ShearX', -9, '49aed08ee8baf310'],
  ['ShearY', 9, '32ff4197fd2696f1'],
  ['ShearY', -9, 'd75c4b43dcf00d74'],
  ['TranslateX', 9, 'f723684e1d5d1c66'],
  ['TranslateX', -9, '3a9838cfafa86f79'],
  ['TranslateY', 9, '9999e5620e09fd04'],
  ['TranslateY', -9, 'c13a657a5bf7a4d8'],
  ['Rotate', 9, 'ddb9beda0c275566'],
  ['Rotate', -9, 'e1c5ab5804694865'],
  ['Brightness', 9, '5745ea1566270fa4'],
  ['Brightness', -9, '7d5a541d46ed8c0b'],
  ['Color', 9, '1e325de6b193f0b4'],
  ['Color', -9, 'f9e7d020ee13abc9'],
  ['Contrast', 9, '93a5a063cc1ee745'],
  ['Contrast', -9, '858bba0e20634fac'],
  ['Sharpness', 9, 'd3e82a5873d8739f'],
  ['Sharpness', -9, 'f175cd48c730ceaf'],
  ['Posterize', 9, '28a91a0d50b64339'],
  ['Solarize', 9, 'a112676d62d964a9'],
  ['AutoContrast', 9, '3e7c10fda6cbffdd'],
  ['Equalize', 9, '048497dc5f016819'],
  ['ShearX', 30, 'c3248d498173f31f'],
  ['ShearX', -30, 'bbdc8a386f8f7b9a'],
  ['ShearY', 30, 'fd7847ea6525ab3a'],
  ['ShearY', -30, '891fbc7ea0e130c2'],
  ['TranslateX', 30, '2143485f448f0810'],
  ['TranslateX', -30, 'b264ea4a34b6068d'],
  ['TranslateY', 30, '393d61498e090c0f'],
  ['TranslateY', -30, '8872b31750124e5c'],
  ['Rotate', 30, '5437ada39bf6b2b0'],
  ['Rotate', -30, 'bc15650ff34cda7f'],
  ['Brightness', 30, 'ca94ee261a8c27ea'],
  ['Brightness', -30, 'cd733d943f3f119b'],
  ['Color', 30, '89618ac28139974a'],
  ['Color', -30, 'a0652f22fb32214b'],
  ['Contrast', 30, '2a3fb1322de4bd13'],
  ['Contrast', -30, '4ac5dc9262370e01'],
  ['Sharpness', 30, '3b66bcd9502b99b2'],
  ['Sharpness', -30, '249c85e949c265a5'],
  ['Posterize', 30, '4c844577ee1daac0'],
  ['Solarize', 30, '1a6cfa66ab462fab'],
  ['AutoContrast', 30, '3e7c10fda6cbffdd'],
  ['Equalize', 30, '048497dc5f016819'],
];

test("RandAugment's operations are torchvision's on Pillow images, byte for byte", () => {
  const before = Uint8Array.from(picture);
  for (const [name, magnitude, digest] of expected) {
    const result = applyOperation(picture, side, operationAt(name, magnitude));
    const found = createHash('sha256').update(result).digest('hex').slice(0, 16);
    assert.equal(found, digest, `${name} ${magnitude}`);
  }
  assert.deepEqual(new Set(expected.map(([name]) => name)), new Set(operationNames));
  assert.deepEqual(picture, before, 'the picture itself is left alone');
});

test('a picture of one colour survives what stretches histograms', () => {
  const flat = new Uint8Array(4 * 4 * 3).fill(9);
  for (const name of ['AutoContrast', 'Equalize', 'Contrast'] as const) {
    assert.deepEqual(applyOperation(flat, 4, operationAt(name, 9)), flat, name);
  }
});
