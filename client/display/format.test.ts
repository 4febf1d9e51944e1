import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, count, counted, duration, percent } from './format.js';
import { facts, table } from './table.js';

test('numbers read as people write them', () => {
  assert.equal(percent(0.7912), '79.1 %');
  assert.deepEqual([0.25, 9.96, 59.4, 75.2, 3725].map(duration), [
    '0.3 s',
    '10.0 s',
    '59 s',
    '1 min 15 s',
    '1 h 2 min',
  ]);
  assert.deepEqual([0, 999, 1000, 18_800_000].map(bytes), ['0 B', '999 B', '1.0 kB', '18.8 MB']);
  assert.equal(count(1234567.8), '1,234,568');
  assert.deepEqual([counted(1, 'image'), counted(0, 'class', 'classes')], ['1 image', '0 classes']);
});

test('tables line up, without a frame and without trailing blanks', () => {
  assert.equal(
    table(
      ['name', 'n'],
      [
        ['ants', 5],
        ['bees', 12],
      ],
    ),
    'name   n\nants   5\nbees  12',
  );
  assert.equal(
    facts([
      ['run', 'train-x'],
      ['model', undefined],
    ]),
    'run  train-x',
  );
});
