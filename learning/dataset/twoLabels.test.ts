import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DuplicateGroup } from '../../contracts/data/dataset.js';
import { twoLabels, twoLabelsRemark } from './twoLabels.js';

const group = (paths: string[], kind: 'exact' | 'near' = 'exact'): DuplicateGroup => ({
  kind,
  paths,
  acrossSplits: false,
  acrossClasses: new Set(paths.map((path) => path[0])).size > 1,
});

/** The class of `c/1` is `c`. */
function remark(groups: DuplicateGroup[]): string[] {
  const found = twoLabels(groups);
  return twoLabelsRemark(found, new Map(found.examples.flat().map((path) => [path, path[0] ?? ''])));
}

test('the same bytes under two labels are one remark, which counts pictures and names the first', () => {
  assert.deepEqual(remark([group(['c/1', 'c/2']), group(['c/3', 'd/4'], 'near')]), []);
  assert.deepEqual(remark([group(['c/1', 'c/2', 'd/3'])]), [
    '1 picture has more than one label: "c/1" is "c", its copy "d/3" is "d". Keep only the copies with the right label, or set `task: multi-label` if all of them are right.',
  ]);
  const many = remark([1, 2, 3, 4, 5].map((number) => group([`c/${number}`, `d/${number}`])));
  assert.match(
    many[0] ?? '',
    /^5 pictures have more than one label: "c\/1" is .*; "c\/3" is "c", .* and 2 more\. Keep/,
  );
});
