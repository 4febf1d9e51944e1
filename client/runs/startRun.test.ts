import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSuffix } from './startRun.js';

test('twenty thousand runs that start in the same second have ids of their own', () => {
  const now = new Date('2025-01-31T14:25:01Z');
  const ids = new Set(Array.from({ length: 20_000 }, () => runSuffix(now)));
  assert.equal(ids.size, 20_000);
  for (const id of ids) assert.match(id, /^20250131-142501-[0-9a-f]{16}$/);
});
