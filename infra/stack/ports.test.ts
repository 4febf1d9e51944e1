import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { choosePorts, firstPort, isPortFree } from './ports.js';

test('a folder always gets the same block of ports, below the range of outgoing connections', () => {
  fc.assert(
    fc.property(fc.string(), (folder) => {
      const port = firstPort(folder);
      assert.equal(port, firstPort(folder));
      assert.ok(port >= 20_000 && port < 32_768 - 16);
    }),
  );
});

test('taken ports are passed over, and no port is given twice', async () => {
  const taken = new Set([20_001, 20_002, 20_004]);
  const chosen = await choosePorts(['a', 'b', 'c'], 20_000, (port) => Promise.resolve(!taken.has(port)));
  assert.deepEqual(chosen, { a: 20_000, b: 20_003, c: 20_005 });
});

test('the range goes round at its end, and a full one is told', async () => {
  const onlyFirst = (port: number): Promise<boolean> => Promise.resolve(port === 20_000);
  assert.deepEqual(await choosePorts(['a'], 32_150, onlyFirst), { a: 20_000 });
  await assert.rejects(
    choosePorts(['a'], 20_000, () => Promise.resolve(false)),
    /no free port/,
  );
});

test('a port somebody listens on does not count as free', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  assert.equal(await isPortFree(address.port), false);
  server.close();
  await once(server, 'close');
  assert.equal(await isPortFree(address.port), true);
});
