import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tree } from './tree.js';

test('branches stand below each other, further lines under their own branch', () => {
  const text = tree([
    { text: 'data\nof two lines', branches: [{ text: 'version' }] },
    { text: 'weights', branches: [{ text: 'first', branches: [{ text: 'deep' }] }, { text: 'last\nmore' }] },
  ]);
  assert.deepEqual(text.split('\n'), [
    '├─ data',
    '│  │  of two lines',
    '│  └─ version',
    '└─ weights',
    '   ├─ first',
    '   │  └─ deep',
    '   └─ last',
    '      more',
  ]);
});
