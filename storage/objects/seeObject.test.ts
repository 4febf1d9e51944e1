import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryS3, type FateOf } from '../../test/s3/memoryS3.js';
import { seeObject } from './seeObject.js';

test('an object that is written between the two requests is looked at again', async () => {
  const s3 = new MemoryS3();
  await s3.store().put('key', '0');
  let writes = 0;
  const meanwhile: FateOf = async ({ operation }) => {
    if (operation === 'GetObject' && writes < 5) await s3.store().put('key', `${++writes}`);
    return 'served';
  };
  const seen = await seeObject(s3.store('graftwork', meanwhile), 'key');
  assert.equal(seen?.bytes.toString(), '5');
});

test('a store that names an object and never gives it is not asked for ever', async () => {
  const s3 = new MemoryS3();
  await s3.store().put('key', 'value');
  const bucket = s3.bucket();
  // As a store whose data are gone and whose listing is not.
  const losing: FateOf = async ({ operation }) => {
    if (operation === 'GetObject') bucket.delete('key');
    else bucket.put('key', Buffer.from('value'));
    return 'served';
  };
  await assert.rejects(seeObject(s3.store('graftwork', losing), 'key'), {
    code: 'GW_S3_FAILED',
    retryable: true,
    message: /did not deliver it in 20 attempts/,
  });
});
