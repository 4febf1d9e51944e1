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
