import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { searchAttributes } from '../../contracts/names.js';
import { environmentOf } from './environment.js';
import { graftworkSearchAttributes } from './servers/searchAttributes.js';

test("the SDK takes the embedded server's address and nothing of the user's own profile", () => {
  const variables = environmentOf({
    home: '/nowhere',
    temporal: { address: '127.0.0.1:20000', namespace: 'default' },
    s3: { endpoint: 'http://127.0.0.1:20004', region: 'r', bucket: 'b', accessKeyId: 'k', secretAccessKey: 's' },
  });
  const config = loadClientConnectConfig({ overrideEnvVars: { TEMPORAL_PROFILE: 'prod', ...variables } });
  assert.equal(config.connectionOptions.address, '127.0.0.1:20000');
  assert.equal(config.connectionOptions.tls, false);
  assert.equal(config.namespace, 'default');
});

test('the attributes made at boot are the ones the contracts name', () => {
  const named = Object.values(searchAttributes).map(({ name, type }): [string, string] => [name, type]);
  assert.deepEqual(graftworkSearchAttributes, Object.fromEntries(named));
});
