import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireGroups } from './requireGroups.js';

const paths = ['sick/p1_1.jpg', 'sick/p1_2.jpg', 'well/p2_1.jpg', 'well/other.jpg'];

test('a pattern that finds nothing, or one group, is refused with paths that show why', () => {
  assert.throws(() => requireGroups(paths, 'patient-{group}_*', 'scans'), {
    code: 'GW_DATASET_INVALID',
    message:
      /matches none of the 4 pictures at scans, for example "sick\/p1_1.jpg", "sick\/p1_2.jpg", "well\/p2_1.jpg"\.$/,
  });
  assert.throws(() => requireGroups(['a/x_1.jpg', 'b/x_2.jpg'], '{group}_*', 'scans'), {
    message: /finds the same group, "x", in all 2 pictures/,
  });
});

test('pictures that a pattern leaves out are counted, and so are groups of one', () => {
  const [left, ...others] = requireGroups(paths, '{group}_*', 'scans');
  assert.match(left ?? '', /does not match 1 of 4 pictures, for example "well\/other\.jpg"/);
  assert.equal(others.length, 0);
  assert.match(requireGroups(paths, '{group}.jpg', 'scans')[0] ?? '', /another group in each picture/);
  assert.deepEqual(requireGroups(paths, '/{group}/*', 'scans'), []);
});

test('groups of names that begin anew in each folder are doubted, and groups with several pictures of a folder are not', () => {
  const numbered = ['cat', 'dog', 'owl'].flatMap((name) => ['01', '02', '03'].map((at) => `${name}/img_${at}.jpg`));
  const [doubt, ...others] = requireGroups(numbered, 'img_{group}.jpg', 'pets');
  assert.match(doubt ?? '', /joins pictures of different folders alone: "01" is in "cat", "dog", "owl"\./);
  assert.equal(others.length, 0);
  const patients = ['sick/p1_1.jpg', 'sick/p1_2.jpg', 'well/p1_3.jpg', 'well/p2_1.jpg', 'sick/p2_1.jpg'];
  assert.deepEqual(requireGroups(patients, '{group}_*', 'scans'), []);
  const split = ['train/cat/01.jpg', 'test/cat/01.jpg', 'train/dog/02.jpg', 'test/dog/02.jpg'];
  assert.deepEqual(requireGroups(split, '{group}.jpg', 'pets'), []);
});
