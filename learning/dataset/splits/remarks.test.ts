import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remarksOn } from './remarks.js';

/** @param counted `[train, validation, test]` of each class */
function version(counted: Record<string, [number, number, number]>) {
  const rows = Object.values(counted);
  const split = (index: 0 | 1 | 2) => rows.map((row) => row[index]);
  return {
    classes: Object.keys(counted),
    classCounts: { train: split(0), validation: split(1), test: split(2) },
  };
}

/** The same of which 20 % were asked for as test, and 15 % of the rest as validation. */
function drawnVersion(counted: Record<string, [number, number, number]>) {
  const own = version(counted);
  const all = (split: keyof typeof own.classCounts) => own.classCounts[split].reduce((sum, count) => sum + count, 0);
  const rest = all('train') + all('validation');
  const drawn = {
    seed: 0,
    test: { share: 0.2, count: all('test'), of: rest + all('test') },
    validation: { share: 0.15, count: all('validation'), of: rest },
  };
  return { ...own, drawn };
}

test('of a sound set nothing is said', () => {
  assert.deepEqual(remarksOn(drawnVersion({ a: [68, 12, 20], b: [68, 12, 20] })), []);
});

test('classes with one picture, and classes the test lacks, are named', () => {
  assert.deepEqual(remarksOn(version({ a: [8, 1, 2], b: [1, 0, 0], c: [9, 1, 0] })), [
    'Class "b" has 1 picture, which is used neither for training nor for the test.',
    'Class "c" has no test picture, so no figure covers it.',
  ]);
  const many = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`c${index}`, [1, 0, 0]])) as never;
  assert.match(remarksOn(version(many))[0] ?? '', /^7 classes have 1 picture each.*"c4" and 2 more\.$/);
});

test('the real share is said where classes are too small for the one asked for, not of splits of the source', () => {
  const small = drawnVersion({ a: [1, 0, 1], b: [1, 0, 1], c: [1, 0, 1] });
  assert.match(remarksOn(small)[0] ?? '', /^The test split holds 50 % of the images \(3 of 6\), not 20 %:/);
  assert.match(remarksOn(small)[1] ?? '', /^The validation split holds 0 % of the other images/);
  assert.deepEqual(remarksOn(version({ a: [1, 0, 1], b: [1, 0, 1], c: [1, 0, 1] })), []);
});

test('classes whose names are nearly the same are set beside each other', () => {
  assert.deepEqual(
    remarksOn(version({ Cat: [5, 1, 1], cat: [5, 1, 1], 'sea-lion': [5, 1, 1], 'sea lion': [5, 1, 1] })),
    [
      'Classes "Cat" and "cat" have nearly the same name and are kept apart. If they are one class, give them one name.',
      'Classes "sea-lion" and "sea lion" have nearly the same name and are kept apart. If they are one class, give them one name.',
    ],
  );
});

test('numbers that differ in zeros only are set beside each other, others are not', () => {
  const counts = Object.fromEntries(['1', '01', '1.0', '10', '-1', '2.5', '25'].map((name) => [name, [5, 1, 1]]));
  const [remark, ...others] = remarksOn(version(counts as never));
  assert.match(remark ?? '', /^Classes "1" and "01" and "1\.0" have nearly the same name and are kept apart\./);
  assert.deepEqual(others, []);
});

test('names that programs write for a missing label are asked about', () => {
  const remarks = remarksOn(version({ nan: [1, 1, 1], None: [5, 1, 1], nancy: [5, 1, 1] }));
  assert.deepEqual(remarks, [
    'Class "nan" has 3 pictures. If the name stands for a missing label, label or remove them.',
    'Class "None" has 7 pictures. If the name stands for a missing label, label or remove them.',
  ]);
});
