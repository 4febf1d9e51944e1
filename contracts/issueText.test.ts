import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueText } from './issueText.js';
import { userSpecSchema } from './spec/runSpec.js';

test('a mistake is named in the words of the person who made it', () => {
  const table: [spec: object, text: string][] = [
    [{ head: { epochs: 2.5 } }, 'expected a whole number, found 2.5'],
    [{ head: { epochs: 'many' } }, 'expected a number, found "many"'],
    [{ head: { epochs: Number.NaN } }, 'expected a number, found NaN'],
    [{ head: { epochs: 0 } }, 'expected more than 0, found 0'],
    [{ seed: -1 }, 'expected at least 0, found -1'],
    [{ preprocess: { resize: 5000 } }, 'expected at most 4096, found 5000'],
    [{ head: { labelSmoothing: 1 } }, 'expected less than 1, found 1'],
    [{ head: 3 }, 'expected fields with names, found 3'],
    [{ head: { keepBest: 'yes' } }, 'expected true or false, found "yes"'],
    [
      { head: { schedule: { kind: 'line' } } },
      'expected one of constant, cosine, step, one-cycle, plateau, found "line"',
    ],
    [{ recipe: 'best' }, 'expected one of default, reference, found "best"'],
    [{ fineTune: Array.from({ length: 9 }, () => ({})) }, 'expected at most 8 items, found 9'],
    [{ augmentation: { cropScale: [1] } }, 'expected at least 2 items, found 1'],
    [{ backbone: 3 }, 'expected a text or fields with names, found 3'],
    [{ backbone: { name: 3 } }, 'name: expected a text, found 3'],
    [{ backbone: { sha256: 'abc' } }, 'write 64 hexadecimal digits'],
    [{ head: { learningRate: 0 } }, 'expected more than 0, found 0'],
    [{ head: { learningRate: 'fast' } }, 'expected auto, or a number of more than 0 and at most 100'],
    [{ wings: 2, legs: 4 }, 'there is no field wings, legs'],
    [{ name: 'A b' }, 'use 1 to 63 of a-z, 0-9, dot, dash, underscore; start and end with a letter or digit'],
  ];
  for (const [spec, text] of table) {
    const [issue] = userSpecSchema.safeParse(spec).error?.issues ?? [];
    assert.ok(issue, JSON.stringify(spec));
    assert.equal(issueText(issue, spec), text);
  }
});
