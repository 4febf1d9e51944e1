import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import { refuseCopies, refuseUnfit, withoutTest } from './unfitDataset.js';

const spec = datasetSpecSchema.parse({ uri: 's3://photos/x', splits: recipes.default.splits });
const image = (sha256: string, className: string) => ({ sha256, className });

test('copies of one picture are refused as such', () => {
  assert.throws(() => refuseCopies(spec, [image('1', 'a'), image('1', 'b'), image('1', 'b')]), {
    code: 'GW_DATASET_INVALID',
    message: /All 3 images at s3:\/\/photos\/x are copies of one picture/,
  });
  refuseCopies(spec, [image('1', 'a'), image('2', 'b')]);
});

test('why no picture is left to test with is said', () => {
  assert.match(withoutTest(spec, [image('1', 'a'), image('1', 'a'), image('2', 'b')]).message, /Each of the 2 classes/);
  assert.match(withoutTest(spec, [image('1', 'a'), image('3', 'a'), image('2', 'b')]).message, /too small/);
  assert.match(withoutTest(spec, [{ ...image('1', 'a'), group: 'g' }, image('2', 'a')]).message, /groups .* too large/);
  const none = { ...spec, splits: { ...spec.splits, test: 0 } };
  assert.match(withoutTest(none, [image('1', 'a')]).message, /dataset\.splits\.test is 0/);
});

test('of one class alone it is said what became of the others', () => {
  const bad = [{ path: 'b/1.txt', bytes: 3, reason: 'not-an-image' as const, detail: 'text' }];
  assert.throws(() => refuseUnfit(spec, 12, bad, { classes: ['a'], unusable: ['b'] }), {
    code: 'GW_DATASET_INVALID',
    message: /are of one class \(“a”\).*None of "b" can be used: b\/1\.txt \(not-an-image/,
  });
});

test('a task of several labels is refused with no label or one, and says which', () => {
  const refused = (classes: string[], labelSets: number[][], message: RegExp, unusable: string[] = []): void =>
    assert.throws(() => refuseUnfit(spec, 12, [], { classes, unusable, labelSets }), {
      code: 'GW_DATASET_INVALID',
      message,
    });
  refused([], [[]], /^No usable image at s3:\/\/photos\/x has a label\.$/);
  refused([], [[]], /has a label\. None of "dog" can be used\.$/, ['dog']);
  refused(['dog'], [[], [0]], /only one label \(“dog”\)\. A task of several labels needs at least two\.$/);
  refuseUnfit(spec, 12, [], { classes: ['cat', 'dog'], unusable: [], labelSets: [[], [0, 1]] });
});

test('pictures without labels are no class with a picture too few', () => {
  const pictures = ['1', '2', '3'].map((sha256, index) => ({
    ...{ sha256, className: ['', 'cat', 'dog'][index] ?? '', tags: [['', 'cat', 'dog'][index] ?? ''] },
  }));
  assert.match(withoutTest(spec, pictures).message, /Each of the 2 classes/);
});
