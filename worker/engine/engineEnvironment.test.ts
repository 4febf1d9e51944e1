import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineEnvironment } from './engineEnvironment.js';

test('an engine gets what it computes with, and none of the secrets that are its worker’s alone', () => {
  const own = { PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'to read objects', HF_TOKEN: 'to fetch weights' };
  const secrets = {
    TEMPORAL_API_KEY: 'x',
    TEMPORAL_TLS_CLIENT_KEY_DATA: 'x',
    GRAFTWORK_CODEC_KEYS: 'x',
    GRAFTWORK_CODEC_TOKEN: 'x',
    GRAFTWORK_WEBHOOK_SECRET: 'x',
  };
  assert.deepEqual(engineEnvironment({ ...own, ...secrets }, '/tmp/engines'), { ...own, TMPDIR: '/tmp/engines' });
});
