import assert from 'node:assert/strict';
import { test } from 'node:test';
import { screenWidth } from './screen.js';
import { folded, foldedText } from './words.js';

test('lines are folded between words; numbers keep their units, and code between backticks its blanks', () => {
  const line = 'it had 84.2 % of all, so `npx graftwork show x` says what became of it in 1 min 15 s';
  assert.deepEqual(folded(line, 40, '  '), [
    'it had 84.2 % of all, so',
    '  `npx graftwork show x` says what',
    '  became of it in 1 min 15 s',
  ]);
  assert.deepEqual(folded(line, 200), [line]);
});

test('a command at the end of a line is not broken', () => {
  const run = 'train-emoji-20250131-142501-9f3c5ad80c11e7b2';
  assert.equal(
    foldedText(`${run} is paused. Resume it: npx graftwork resume ${run}`, 80),
    `${run} is paused. Resume it:\n  npx graftwork resume ${run}`,
  );
});

test('a word that is wider than the screen stays whole, on a line of its own', () => {
  const address = `http://127.0.0.1:8233/${'a'.repeat(50)}`;
  assert.deepEqual(folded(`see ${address} for more`, 40, '  '), ['see', address, '  for more']);
});

test('a folded command can be pasted: never broken within quotes, continued behind a backslash', () => {
  const text = `Next:\n  npx graftwork predict emoji@1 'a folder/of pictures' --top 3`;
  assert.equal(foldedText(text, 40), `Next:\n  npx graftwork predict emoji@1 \\\n      'a folder/of pictures' --top 3`);
  assert.equal(foldedText(text, Infinity), text);
});

test('a screen is as wide as COLUMNS or its terminal says; a file has no width', () => {
  const before = process.env['COLUMNS'];
  try {
    delete process.env['COLUMNS'];
    assert.equal(screenWidth({ isTTY: true, columns: 100 }), 100);
    assert.equal(screenWidth({ isTTY: true, columns: 0 }), 80);
    assert.equal(screenWidth({ isTTY: false, columns: 100 }), Infinity);
    process.env['COLUMNS'] = '60';
    assert.equal(screenWidth({ isTTY: false, columns: 100 }), 60);
    process.env['COLUMNS'] = 'wide';
    assert.equal(screenWidth({ isTTY: false, columns: 100 }), Infinity);
  } finally {
    if (before === undefined) delete process.env['COLUMNS'];
    else process.env['COLUMNS'] = before;
  }
});
