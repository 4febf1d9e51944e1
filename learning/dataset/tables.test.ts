import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RowIndex } from './columns/rowIndex.js';
import { TextColumn } from './columns/textColumn.js';

test('property: a column gives back what was put into it, an index finds the first row of each text', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 });
  fc.assert(
    fc.property(fc.array(text), text, (texts, stranger) => {
      const column = TextColumn.from(texts);
      assert.deepEqual([...column], texts);
      const index = new RowIndex(column.length, (row) => column.at(row));
      assert.deepEqual(
        [...index.first],
        texts.map((each) => texts.indexOf(each)),
      );
      for (const each of texts) assert.equal(index.find(each), texts.indexOf(each));
      if (!texts.includes(stranger)) assert.equal(index.find(stranger), undefined);
    }),
  );
});

test('a column goes over many blocks, and holds a text longer than one', () => {
  const texts = Array.from({ length: 3000 }, (_, row) => `${row} `.repeat(200));
  texts.splice(1500, 0, 'long '.repeat(500_000), '');
  const column = TextColumn.from(texts);
  for (const [row, text] of texts.entries()) assert.equal(column.at(row), text);
  assert.throws(() => column.at(texts.length), RangeError);
});
