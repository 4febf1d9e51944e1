import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownAddresses } from './ownAddresses.js';

test('workers of one machine listen at ports one behind the other, and nowhere unless asked to', () => {
  const given = { GRAFTWORK_METRICS_ADDRESS: '127.0.0.1:9464', GRAFTWORK_HEALTH_ADDRESS: '' };
  assert.deepEqual(ownAddresses(given, 0), { GRAFTWORK_METRICS_ADDRESS: '127.0.0.1:9464' });
  assert.deepEqual(ownAddresses(given, 2), { GRAFTWORK_METRICS_ADDRESS: '127.0.0.1:9466' });
  assert.deepEqual(ownAddresses({ GRAFTWORK_HEALTH_ADDRESS: '[::1]:80' }, 1), {
    GRAFTWORK_HEALTH_ADDRESS: '[::1]:81',
  });
  assert.deepEqual(ownAddresses({}, 1), {});
});
