import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { canonicalJson, contentKey, contentKeyOfLists } from './contentKey.js';

test('the order of members and undefined ones do not change a key', () => {
  assert.equal(
    contentKey('x/1', { a: 1, b: [1, { c: 2, d: undefined }] }),
    contentKey('x/1', { b: [1, { c: 2 }], a: 1 }),
  );
});

test('another value, another order of a list, another kind: another key', () => {
  const keys = [
    contentKey('x/1', [1, 2]),
    contentKey('x/1', [2, 1]),
    contentKey('x/1', ['1', 2]),
    contentKey('x/2', [1, 2]),
  ];
  assert.equal(new Set(keys).size, keys.length);
});

test('canonical JSON is JSON of the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('property: the key of lists that are gone through is the key of the lists', () => {
  const list = fc.array(fc.jsonValue());
  fc.assert(
    fc.property(fc.dictionary(fc.string(), list), (lists) => {
      assert.equal(contentKeyOfLists('k/1', lists), contentKey('k/1', lists));
    }),
  );
});
