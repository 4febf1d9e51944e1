import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, chance, count, counted, duration, moment, percent, points } from './format.js';
import { facts, table } from '../../cli/terminal/table.js';
import { tree } from '../../cli/terminal/tree.js';
import { printable } from '../../cli/terminal/words.js';

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

test('a moment says its zone', () => {
  assert.equal(moment('2026-11-24T19:02:21.123Z'), '2026-11-24 19:02 UTC');
});

test('differences have a sign unless they are none, and little chance is only called little', () => {
  assert.deepEqual([0.0123, -0.0123, 0.0004, -0.0004, 0].map(points), ['+1.2', '−1.2', '0.0', '0.0', '0.0']);
  assert.deepEqual([1, 0.0312, 0.00012, 1e-9].map(chance), ['p = 1', 'p = 0.031', 'p = 0.00012', 'p < 0.0001']);
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

test('what would steer a terminal or tear a table is spelled out in tables', () => {
  const evil = 'a\u001b[2J\u202eb\nc\r\u2028';
  const shown = String.raw`a\u{1b}[2J\u{202e}b\nc\u{d}\u{2028}`;
  assert.equal(table(['file', 'n'], [[evil, 1]]), `${'file'.padEnd(shown.length)}  n\n${shown}  1`);
  assert.equal(facts([['file', evil]]), `file  ${shown}`);
  assert.equal(tree([{ text: printable(evil) }]), `└─ ${shown}`);
});
