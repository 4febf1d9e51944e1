import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveHealth } from './health.js';

test('a probe learns that the process lives, and whether it takes work; a taken address is a clear error', async () => {
  let serving = false;
  const server = await serveHealth('127.0.0.1:0', { ready: () => serving });
  try {
    const bound = server.address();
    assert.ok(bound !== null && typeof bound === 'object');
    const address = `127.0.0.1:${bound.port}`;
    const ask = async (path: string): Promise<number> => (await fetch(`http://${address}${path}`)).status;
    assert.deepEqual([await ask('/live'), await ask('/ready'), await ask('/other')], [200, 503, 404]);
    serving = true;
    assert.deepEqual([await ask('/live'), await ask('/ready')], [200, 200]);
    await assert.rejects(serveHealth(address, { ready: () => true }), {
      code: 'GW_ENVIRONMENT_INVALID',
      message: /GRAFTWORK_HEALTH_ADDRESS.*EADDRINUSE/,
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
