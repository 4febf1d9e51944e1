import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverSideEncryption } from './serverSideEncryption.js';

test('what the store is asked for is what the variables say; without them the bucket decides', () => {
  const asked = (GRAFTWORK_S3_SSE?: string, GRAFTWORK_S3_SSE_KMS_KEY_ID?: string) =>
    serverSideEncryption({ GRAFTWORK_S3_SSE, GRAFTWORK_S3_SSE_KMS_KEY_ID });
  assert.deepEqual(asked(), {});
  assert.deepEqual(asked('', ''), {});
  assert.deepEqual(asked('AES256'), { ServerSideEncryption: 'AES256' });
  assert.deepEqual(asked('aws:kms'), { ServerSideEncryption: 'aws:kms' });
  assert.deepEqual(asked('aws:kms:dsse', 'a-key'), { ServerSideEncryption: 'aws:kms:dsse', SSEKMSKeyId: 'a-key' });
});

test('a key that nothing would be encrypted with is refused', () => {
  const refused = {
    code: 'GW_ENVIRONMENT_INVALID',
    message: /KMS_KEY_ID has no effect with GRAFTWORK_S3_SSE(=AES256| unset)\./,
  };
  for (const GRAFTWORK_S3_SSE of ['', 'AES256']) {
    assert.throws(() => serverSideEncryption({ GRAFTWORK_S3_SSE, GRAFTWORK_S3_SSE_KMS_KEY_ID: 'a-key' }), refused);
  }
  assert.throws(() => serverSideEncryption({ GRAFTWORK_S3_SSE: 'aes' }), { code: 'GW_ENVIRONMENT_INVALID' });
});
