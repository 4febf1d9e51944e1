import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWeightLocation } from './location.js';

test('what names no weights is refused with what would', () => {
  for (const text of [
    'file://elsewhere/w.pth',
    'hf:resnet50',
    'hf:../x',
    'package:torchvision',
    'ftp://example.org/w.pth',
    'http://example.org/w.pth',
    'https://',
    'https://me:secret@example.org/w.pth',
  ]) {
    assert.throws(() => parseWeightLocation(text), { code: 'GW_WEIGHTS_NOT_FOUND', remedy: /Give hf:/ }, text);
  }
  assert.deepEqual(parseWeightLocation('file:///data/w.pth'), { kind: 'file', path: '/data/w.pth' });
});
