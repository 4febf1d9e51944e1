import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupPattern } from './groupPattern.js';

test('a group is read from whole names at the end of a path', () => {
  const cases: [pattern: string, path: string, group: string | undefined][] = [
    ['{group}_*', 'train/ants/p12_003.jpg', 'p12'],
    ['{group}_*', 'p12_scan_3.jpg', 'p12'],
    ['{group}_?.jpg', 'ants/IMG_1234_1.jpg', 'IMG_1234'],
    ['patient-{group}_*', 'sick/patient-12_003.jpg', '12'],
    ['patient-{group}_*', 'sick/inpatient-12_003.jpg', undefined],
    ['{group}/*', 'ants/camera 1/3.jpg', 'camera 1'],
    ['{group}/**', 'site/ants/3.jpg', 'site'],
    ['/*/{group}/**', 'train/p1/scans/3.jpg', 'p1'],
    ['/{group}/*', 'train/p1/3.jpg', undefined],
    ['cam{group}/**/*.jpg', 'cam7/2026/11/3.jpg', '7'],
    ['cam{group}/**/*.jpg', 'cam7/3.jpg', '7'],
    ['{group}_*', '_3.jpg', undefined],
    ['{group}', 'a/b.c', 'b.c'],
    ['x(.+){group}', 'x(.+)12', '12'],
  ];
  for (const [pattern, path, group] of cases) assert.equal(groupPattern(pattern)(path), group, `${pattern} on ${path}`);
});

test('a pattern of many stars takes no longer than its length times the path', () => {
  const began = performance.now();
  assert.equal(groupPattern('*_*_*_*_*_*_*_*_{group}-x')('_'.repeat(1000)), undefined);
  assert.ok(performance.now() - began < 1000);
});
