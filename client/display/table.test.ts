import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from './table.js';

test('a table has a head, and numbers stand to the right', () => {
  assert.equal(
    table(
      ['class', 'pictures'],
      [
        ['ant', 7],
        ['bumblebee', 12],
      ],
    ),
    'class      pictures\nant               7\nbumblebee        12',
  );
});

test('a table of 130,000 rows is written, each row once and the head too', () => {
  const rows = Array.from({ length: 130_000 }, (_, index) => [index]);
  const lines = table(['n'], rows).split('\n');
  assert.deepEqual(
    lines.map((line) => line.trim()),
    ['n', ...rows.map(([index]) => String(index))],
  );
});
