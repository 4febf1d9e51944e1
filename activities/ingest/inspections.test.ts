import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inspections } from './inspections.js';

test('a picture that is put aside once it was found usable is no longer counted by its range of values', () => {
  const inspections = new Inspections(2);
  const found = {
    usable: true,
    sha256: 'a'.repeat(64),
    width: 8,
    height: 8,
    perceptualHash: '0'.repeat(16),
    unusualRange: true,
  } as const;
  for (const index of [0, 1]) inspections.set(index, found);
  inspections.set(0, { usable: false, reason: 'forgotten', detail: 'a person asked for it' });
  assert.deepEqual([...inspections.odd('unusualRange')], [1]);
  assert.equal(inspections.count, 2);
});
