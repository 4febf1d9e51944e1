import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { syncFolder } from './syncFolder.js';

test('nothing is put, or deleted, where Graftwork stores its own objects', async () => {
  const store = new ObjectStore('graftwork');
  for (const prefix of ['models', 'models/birds/', 'forgotten/x', 'uploads', 'runs', 'datasets/photos']) {
    await assert.rejects(
      syncFolder(store, '.', `s3://graftwork/${prefix}`, { deletes: true }),
      { code: 'GW_USAGE', exitCode: 2, message: /its own objects/ },
      prefix,
    );
  }
});
