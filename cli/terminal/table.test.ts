import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { facts, table, shortTable } from './table.js';
import { section } from './section.js';
import { displayWidth } from './words.js';

const run = 'train-emoji-20250131-142501-9f3c5ad80c11e7b2';
const runs = {
  head: ['run', 'status', 'stage', 'test top-1', 'backbone', 'started'],
  rows: [
    [run, 'waits for approval', 'done', '92.0 %', 'efficientnet_lite0', '2025-01-31 14:25:01'],
    [run, 'paused', 'fine-tune-1', '–', 'resnet18', '2025-01-31 14:25:01'],
  ],
};

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

test('percentages, times, sizes and differences stand to the right, names of digits to the left', () => {
  const rows = [
    ['7', '3', '100.0 %', '1 min 15 s', '999 B', '+1.2'],
    ['12', 'b', '9.5 %', '–', '18.8 MB', '−0.5'],
  ];
  assert.deepEqual(table(['class', 'as', 'recall', 'took', 'size', 'points'], rows, 80).split('\n'), [
    'class  as   recall        took     size  points',
    '7      3   100.0 %  1 min 15 s    999 B    +1.2',
    '12     b     9.5 %           –  18.8 MB    −0.5',
  ]);
});

test('where a list of runs is too wide, the id stands above the rest; where that is too wide, every pair has a line', () => {
  const { head, rows } = runs;
  const lines = (width: number): string[] => table(head, rows, width).split('\n');
  assert.equal(lines(140).length, 3);
  assert.deepEqual(lines(100).slice(0, 4), [
    'run',
    '  status              stage        test top-1  backbone            started',
    run,
    '  waits for approval  done             92.0 %  efficientnet_lite0  2025-01-31 14:25:01',
  ]);
  assert.deepEqual(lines(60).slice(0, 4), [
    run,
    '  status      waits for approval',
    '  stage       done',
    '  test top-1  92.0 %',
  ]);
});

test('no word of a list of runs is broken at any width, and none is wider than the screen', () => {
  for (const width of [60, 80, 120]) {
    const text = table(runs.head, runs.rows, width);
    for (const line of text.split('\n')) assert.ok(displayWidth(line) <= width, `${width}: ${line}`);
    for (const cell of [run, 'efficientnet_lite0', '92.0 %', '2025-01-31 14:25:01', 'fine-tune-1']) {
      assert.ok(text.includes(cell), `${width}: ${cell}\n${text}`);
    }
  }
});

test('sentences are folded in their column', () => {
  const why = 'the loss decides, as top-1 is within chance: 0.500 became 0.490 on 20 validation pictures';
  assert.deepEqual(table(['stage', 'took', 'why'], [['head', '3.0 s', why]], 60).split('\n'), [
    'stage   took  why',
    'head   3.0 s  the loss decides, as top-1 is within chance:',
    '              0.500 became 0.490 on 20 validation pictures',
  ]);
});

test('a value is folded beside its name; an address that has no room there stands whole below it', () => {
  const address = `http://127.0.0.1:8233/namespaces/default/workflows/${run}`;
  const text = facts(
    [
      ['images', '1,000 train, 200 validation, 200 test, 12 classes, which is 84.2 % of all'],
      ['Temporal UI', address],
      ['run', run],
    ],
    60,
  );
  assert.deepEqual(text.split('\n'), [
    'images       1,000 train, 200 validation, 200 test, 12',
    '             classes, which is 84.2 % of all',
    'Temporal UI',
    address,
    `run          ${run}`,
  ]);
});

test('whatever is in a table, it fits the screen but for single words, and no cell is lost', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'é', '古', '-', '7'), minLength: 1, maxLength: 30 });
  const cell = fc.oneof(
    fc.nat(),
    fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' ')),
  );
  const rowOf = (columns: number) => fc.array(cell, { minLength: columns, maxLength: columns });
  const rows = fc
    .integer({ min: 1, max: 7 })
    .chain((columns) => fc.array(rowOf(columns), { minLength: 1, maxLength: 4 }));
  fc.assert(
    fc.property(rows, fc.constantFrom(60, 80, 120), (cells, width) => {
      const head = cells[0]!.map((_, column) => `column ${column}`);
      const text = table(head, cells, width);
      for (const line of text.split('\n')) {
        assert.ok(displayWidth(line) <= width || !line.trim().includes(' '), `${width}: ${line}`);
      }
      const words = cells.flat().flatMap((one) => String(one).split(' '));
      for (const one of words) assert.ok(text.includes(one), one);
    }),
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

test('a table or a list that is cut ends with how many more there are', () => {
  const rows = Array.from({ length: 5 }, (_, row) => [`row ${row}`, row]);
  assert.match(shortTable(['name', 'at'], rows, 3), /row 2 +2\n {2}… and 2 more \(--json lists all\)$/);
  assert.doesNotMatch(shortTable(['name', 'at'], rows, 5), /more/);
  const lines = Array.from({ length: 30 }, (_, line) => `line ${line}`);
  assert.match(section('Lines', lines), /^Lines \(30\):\n[^]*line 19\n {2}… and 10 more \(--json lists all\)$/);
  assert.match(section('Lines', lines, 50), /^Lines \(50\):\n[^]*… and 30 more$/);
});
