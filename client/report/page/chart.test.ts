import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withRoom } from './chart.js';

test('a word that would touch the one before it is left out', () => {
  const marks = [41, 45, 85].map((at) => ({ at, name: `at ${at}` }));
  assert.deepEqual(
    withRoom(marks, 20).map(({ name }) => name),
    ['at 41', '', 'at 85'],
  );
});
