import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBalance } from './balance.js';

const of = (name: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ class: name, sha256: `${name} ${from + i}` }));

const rounded = (found: { statistic: number } | null): number | undefined =>
  found?.statistic && Number(found.statistic.toFixed(1));

test('what was added is compared with what was there, not with both together', () => {
  const earlier = [...of('ants', 500), ...of('bees', 500)];
  const { added, gone } = compareBalance(earlier, [...earlier, ...of('ants', 50, 500)]);
  // Against the set that contains them it would be 1.2.
  assert.equal(rounded(added), 47.7);
  assert.ok(added !== null && added.pValue < 1e-9);
  assert.equal(gone, null);
  const even = compareBalance(earlier, [...earlier, ...of('ants', 50, 500), ...of('bees', 50, 500)]);
  assert.ok(even.added !== null && even.added.pValue > 0.9);
});

test('what is gone is compared with what stayed', () => {
  const earlier = [...of('ants', 500), ...of('bees', 500)];
  const { added, gone } = compareBalance(earlier, [...of('ants', 450), ...of('bees', 500)]);
  assert.equal(added, null);
  assert.ok(gone !== null && gone.pValue < 1e-9);
});

test('a picture that changed its class is gone from one and added to the other', () => {
  const earlier = [...of('ants', 500), ...of('bees', 500)];
  const relabelled = earlier.map((one, index) => (index < 50 ? { ...one, class: 'bees' } : one));
  const { added, gone } = compareBalance(earlier, relabelled);
  assert.ok(added !== null && added.pValue < 1e-9);
  assert.ok(gone !== null && gone.pValue < 1e-9);
});

test('classes that are new or gone have no balance', () => {
  const earlier = [...of('ants', 5), ...of('bees', 5)];
  assert.deepEqual(compareBalance(earlier, [...of('ants', 5), ...of('wasps', 50)]), { added: null, gone: null });
});
