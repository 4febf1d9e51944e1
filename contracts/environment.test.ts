import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEnvironment } from './environment.js';

test('a mistake in a variable is named with what it should be', () => {
  const table: [variables: Record<string, string>, message: RegExp][] = [
    [{ GRAFTWORK_BUCKET: 'x' }, /GRAFTWORK_BUCKET: write the name of a bucket/],
    [{ GRAFTWORK_BUCKET: 'my photos' }, /GRAFTWORK_BUCKET: write the name of a bucket/],
    [{ GRAFTWORK_CACHE_GIB: 'much' }, /GRAFTWORK_CACHE_GIB: expected a number, found "much"/],
    [{ GRAFTWORK_THREADS: '1.5' }, /GRAFTWORK_THREADS: expected a whole number, found "1.5"/],
    [{ GRAFTWORK_LOG_LEVEL: 'loud' }, /GRAFTWORK_LOG_LEVEL: expected one of trace, .*, found "loud"/],
    [{ GRAFTWORK_HEALTH_ADDRESS: '8080' }, /GRAFTWORK_HEALTH_ADDRESS: write host:port/],
    [{ GRAFTWORK_HEALTH_ADDRESS: '127.0.0.1:99999' }, /GRAFTWORK_HEALTH_ADDRESS: a port is at most 65535/],
    [{ GRAFTWORK_METRICS_ADDRESS: '[::1]:70000' }, /GRAFTWORK_METRICS_ADDRESS: a port is at most 65535/],
  ];
  for (const [variables, message] of table) {
    assert.throws(() => parseEnvironment(variables), { code: 'GW_ENVIRONMENT_INVALID', message });
  }
  assert.equal(parseEnvironment({ GRAFTWORK_METRICS_ADDRESS: '[::1]:9464' }).GRAFTWORK_METRICS_ADDRESS, '[::1]:9464');
});
