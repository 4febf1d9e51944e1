import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../contracts/errors.js';
import { markNeeded } from './garbageRoots.js';
import type { ObjectStore } from './objectStore.js';

test('nobody is told to delete a damaged card as something that is made again', async () => {
  const store = {
    async *list(prefix: string) {
      if (prefix === 'models/') yield { key: 'models/birds/versions/2/card.json' };
    },
    getJson: async () => {
      throw new GraftworkError('GW_CORRUPT', 'The card is damaged.', { remedy: 'Delete the object.' });
    },
  };
  const none = { digests: new Set<string>(), predictions: new Set<string>(), since: undefined };
  await assert.rejects(markNeeded(store as unknown as ObjectStore, none, 0), {
    code: 'GW_CORRUPT',
    remedy: /^Put it back from a backup .* takes birds@2 out of the registry/,
  });
});
