import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryS3 } from '../test/memoryS3.js';
import { markNeeded } from './garbageRoots.js';

test('the remedy for a damaged card is a backup: it is not made again', async () => {
  const store = new MemoryS3().store();
  await store.put('models/birds/versions/2/card.json', '{"name":"birds"');
  const none = { digests: new Set<string>(), predictions: new Set<string>(), since: undefined };
  await assert.rejects(markNeeded(store, none, 0), {
    code: 'GW_CORRUPT',
    remedy: /^Put it back from a backup .* takes birds@2 out of the registry/,
  });
});
