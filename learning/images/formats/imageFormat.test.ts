import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOfKind } from './imageFormat.js';

test('a kind of file has its article', () => {
  assert.deepEqual(['PDF', 'icon', 'OpenEXR', 'AVIF'].map(fileOfKind), [
    'a PDF file',
    'an icon file',
    'an OpenEXR file',
    'an AVIF file',
  ]);
});
