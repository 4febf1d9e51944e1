import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keywordOf } from './keyword.js';

test('a keyword has at most 255 characters, the beginning and the end of the text', () => {
  const most = 'x'.repeat(255);
  assert.equal(keywordOf(most), most);
  const long = (name: string): string => `s3://bucket/${'deep/'.repeat(200)}${name}`;
  const cut = keywordOf(long('birds'));
  assert.equal(cut.length, 255);
  assert.match(cut, /^s3:\/\/bucket\/deep\/.*….*\/birds$/);
  assert.notEqual(cut, keywordOf(long('ants')));
  assert.equal(keywordOf(cut), cut);
  // Characters, not halves of them.
  const faces = keywordOf('😀'.repeat(300));
  assert.equal(Array.from(faces).length, 255);
  assert.doesNotMatch(faces, /[\uD800-\uDFFF]/u);
});
