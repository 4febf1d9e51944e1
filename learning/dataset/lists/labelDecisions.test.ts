import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDecisionsFile, readLabelDecisions } from './labelDecisions.js';

const digest = 'a'.repeat(64);
const read = (text: string) => readLabelDecisions([Buffer.from(text)], 'review.csv');

test('decisions are read as a person or a spreadsheet writes them; rows without one are left out', async () => {
  const table = [
    'path;decision;label;sha256;given',
    `"ants/a; b.jpg";Relabel; bees ;${digest.toUpperCase()};ants`,
    `ants/c.jpg;;bees;${digest};ants`,
    `ants/d.jpg;keep;;${digest};ants`,
    `ants/e.jpg;drop;bees;${digest};ants`,
  ].join('\r\n');
  assert.deepEqual(await read(table), [
    { path: 'ants/a; b.jpg', decision: 'relabel', sha256: digest, line: 2, label: 'bees' },
    { path: 'ants/d.jpg', decision: 'keep', sha256: digest, line: 4 },
    { path: 'ants/e.jpg', decision: 'drop', sha256: digest, line: 5 },
  ]);
});

test('what cannot be meant is refused with its line', async () => {
  const header = 'path,decision,label,sha256\n';
  for (const [rows, message] of [
    [`a.jpg,remove,,${digest}\n`, /line 2: the decision "remove" is not keep, relabel or drop/],
    [`a.jpg,relabel,,${digest}\n`, /line 2: there is no label to change to/],
    ['a.jpg,drop,,\n', /line 2: sha256 does not have 64/],
    [`,drop,,${digest}\n`, /line 2: there is no path/],
    [`a.jpg,drop,,${digest}\na.jpg,keep,,${digest}\n`, /line 3: "a.jpg" is already on line 2/],
  ] as const) {
    await assert.rejects(read(header + rows), { code: 'GW_LABELS_INVALID', exitCode: 2, message });
  }
  await assert.rejects(read('path,label\na.jpg,ants\n'), {
    code: 'GW_LABELS_INVALID',
    message: /no column is named decision/,
    remedy: /graftwork review/,
  });
});

test('a table of decisions is known by its columns', () => {
  assert.ok(isDecisionsFile(Buffer.from('\ufeff"path","decision","label","sha256"\r\n')));
  assert.ok(isDecisionsFile(Buffer.from('path;decision;label;sha256;given;kind;why\n')));
  assert.ok(!isDecisionsFile(Buffer.from('path,label,split\na.jpg,ants,train\n')));
});
