import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { KeptAlive, pauseBefore } from './keptAlive.js';
import { OwnedProcess } from './ownedProcess.js';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-kept-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function start(): OwnedProcess {
  const log = join(folder, 'log');
  return new OwnedProcess({ name: 'a sleeper', program: 'sleep', args: ['300'], env: process.env, cwd: folder, log });
}

test('the pause before the next start doubles and has an end', () => {
  assert.deepEqual([0, 1, 2, 6, 20].map(pauseBefore), [250, 500, 1000, 15_000, 15_000]);
});

test('a killed process is started again, a stopped one is not', async () => {
  const { promise, resolve } = withResolvers();
  const kept = new KeptAlive(start(), () => Promise.resolve(start()), resolve);
  const before = kept.current.pid;
  await kept.current.kill();
  await promise;
  assert.notEqual(kept.current.pid, before);
  assert.equal(kept.restarts, 1);
  await kept.stop(5_000);
  assert.equal(kept.current.running, false);
  assert.equal(kept.restarts, 1);
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
