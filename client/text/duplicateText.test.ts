import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Split } from '../../contracts/data/dataset.js';
import { duplicateSummary, groupRemarks, splitsOfGroup } from './duplicateText.js';

const none = { exact: 0, near: 0, acrossSplits: 0, intoTest: 0, acrossClasses: 0 };

test('only groups with test pictures are called leaks', () => {
  assert.equal(
    duplicateSummary({ ...none, exact: 2, near: 1, acrossSplits: 2, intoTest: 1, acrossClasses: 1 }),
    '2 groups of identical files, 1 group of pictures that look alike; ' +
      '2 in more than one split, 1 of them with test pictures (a leak); 1 in more than one class',
  );
  assert.match(duplicateSummary({ ...none, near: 2, acrossSplits: 2 }), /2 in more than one split, none with test/);
  assert.match(
    duplicateSummary({ ...none, near: 2, acrossSplits: 2, intoTest: 2 }),
    /, all with test pictures \(leaks\)/,
  );
  assert.match(
    duplicateSummary({ ...none, near: 1, acrossSplits: 1, intoTest: 1 }),
    /split, with test pictures \(a leak\)/,
  );
  assert.match(duplicateSummary({ ...none, near: 1 }), /none in more than one split$/);
  assert.match(duplicateSummary(none), /^none/);
});

test('versions that did not count the leaks are not said to have any, or none', () => {
  const { intoTest: _notCounted, ...older } = { ...none, near: 2, acrossSplits: 2 };
  assert.match(duplicateSummary(older), /; 2 in more than one split$/);
});

test('a group says which splits it is in, and what is wrong with that', () => {
  const group = (splits: Split[], more = {}) => ({
    ...{ kind: 'near' as const, paths: ['a', 'b', 'c'], acrossSplits: splits.length > 1, acrossClasses: false, splits },
    ...more,
  });
  assert.deepEqual(groupRemarks(group(['train'])), []);
  assert.deepEqual(groupRemarks(group(['train', 'validation'])), ['validation has a copy of a training picture']);
  assert.deepEqual(groupRemarks(group(['train', 'test'])), ['a leak: the test has a copy of a training picture']);
  assert.deepEqual(groupRemarks(group(['validation', 'test'], { acrossClasses: true })), [
    'a leak: the test has a copy of a validation picture',
    'a wrong label: in more than one class',
  ]);
  const { splits: _unknown, ...older } = group(['train', 'validation']);
  assert.deepEqual(groupRemarks(older), ['in more than one split']);
  const splitOf = new Map<string, Split>([
    ['a', 'train'],
    ['b', 'validation'],
    ['c', 'train'],
  ]);
  assert.deepEqual(splitsOfGroup(older, splitOf), ['train', 'validation']);
  assert.deepEqual(groupRemarks(older, splitOf), ['validation has a copy of a training picture']);
});
