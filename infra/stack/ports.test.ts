import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstPort, holdPorts, isPortFree } from './ports.js';

test('a folder always gets the same block of ports, below the range of outgoing connections', () => {
  fc.assert(
    fc.property(fc.string(), (folder) => {
      const port = firstPort(folder);
      assert.equal(port, firstPort(folder));
      assert.ok(port >= 20_000 && port < 32_768 - 16);
    }),
  );
});

const names = ['a', 'b'] as const;
/** No other checkout's test has this one. */
const ours = randomUUID();

test('a block is given once: who asks next gets the one behind it, until it is given back', async () => {
  const first = await holdPorts(names, ours);
  const second = await holdPorts(names, ours);
  assert.deepEqual(first.ports, { a: first.ports.a, b: first.ports.a + 1 });
  assert.equal((second.ports.a - first.ports.a) % 16, 0);
  assert.notEqual(second.ports.a, first.ports.a);
  await first.release();
  await first.release();
  const third = await holdPorts(names, ours);
  assert.equal(third.ports.a, first.ports.a);
  await Promise.all([second.release(), third.release()]);
});

test('of many who ask at once none gets a port of another', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => holdPorts(names, ours)));
  assert.equal(new Set(all.flatMap(({ ports }) => Object.values(ports))).size, 16);
  await Promise.all(all.map(({ release }) => release()));
});

test('a block in which a port is taken is passed over, and a port that somebody listens on is not free', async () => {
  const { ports, release } = await holdPorts(names, ours);
  const server = createServer().listen(ports.b, '127.0.0.1');
  await once(server, 'listening');
  await release();
  assert.equal(await isPortFree(ports.b), false);
  const other = await holdPorts(names, ours);
  assert.notEqual(other.ports.a, ports.a);
  await other.release();
  server.close();
  await once(server, 'close');
  assert.equal(await isPortFree(ports.b), true);
});
