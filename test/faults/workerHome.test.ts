/** `graftwork worker` keeps its copies in the checkout's home, from wherever it is started. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkout, startServers } from '../../infra/stack.js';
import { OwnedProcess } from '../../infra/stack/ownedProcess.js';
import { waitUntil } from '../../infra/stack/waitUntil.js';
import { stackUnavailable } from '../stacks/stackForTests.js';

test('a worker started in another folder leaves nothing there', { skip: stackUnavailable }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-home-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
  const servers = await startServers({ directory: join(folder, 'servers'), s3: false });
  t.after(() => servers.stop());
  const elsewhere = join(folder, 'elsewhere');
  await mkdir(elsewhere);
  const log = join(folder, 'worker.log');
  const worker = new OwnedProcess({
    name: 'worker',
    program: process.execPath,
    args: [join(checkout, 'bin', 'graftwork.mjs'), 'worker', '--pool', 'workflow'],
    env: { PATH: process.env.PATH, TEMPORAL_ADDRESS: servers.temporalAddress },
    cwd: elsewhere,
    log,
  });
  await waitUntil(worker, async () => (await readFile(log, 'utf8')).includes('"serving"'));
  assert.ok(!existsSync(join(elsewhere, '.graftwork')));
  await worker.stop(20_000);
});
