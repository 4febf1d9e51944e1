import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chooseDevices, discoverDevices } from './devices.js';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-devices-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Stands where the driver would put its own; there is no device to ask on a machine without one. */
writeFileSync(
  join(folder, 'nvidia-smi'),
  '#!/bin/sh\n[ "$1" = --query-gpu=index,uuid ] || exit 1\nprintf "0, GPU-aaaa\\n1, GPU-bbbb\\n2, GPU-cccc\\n"\n',
  { mode: 0o755 },
);
const withDriver = { PATH: [folder, process.env.PATH].join(delimiter) };
const withoutDriver = { PATH: join(folder, 'nothing') };

test('devices are those nvidia-smi lists, as far as a scheduler leaves them to us', async () => {
  assert.deepEqual(await discoverDevices(withDriver), ['0', '1', '2']);
  assert.deepEqual(await discoverDevices({ ...withDriver, CUDA_VISIBLE_DEVICES: '2,0' }), ['2', '0']);
  assert.deepEqual(await discoverDevices({ ...withDriver, CUDA_VISIBLE_DEVICES: 'GPU-bbbb' }), ['GPU-bbbb']);
  assert.deepEqual(await discoverDevices({ ...withDriver, CUDA_VISIBLE_DEVICES: '' }), []);
  assert.deepEqual(await discoverDevices(withoutDriver), []);
});

test('one slot a device; the CPU where there is none; never a device that is not there', () => {
  assert.deepEqual(chooseDevices(['0', '1'], undefined, true), ['0', '1']);
  assert.deepEqual(chooseDevices(['0', '1'], ['1'], false), ['1']);
  assert.deepEqual(chooseDevices([], undefined, false), [null]);
  assert.throws(() => chooseDevices(['0'], ['0', '7'], false), { code: 'GW_USAGE', message: /no GPU 7/ });
  assert.throws(() => chooseDevices([], ['0'], false), { code: 'GW_USAGE' });
  assert.throws(() => chooseDevices([], undefined, true), { code: 'GW_USAGE', message: /--require-gpu/ });
});

test('a worker that needs a GPU does not start without one, and says why', async () => {
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const program = fileURLToPath(new URL('./main.js', import.meta.url));
    const child = execFile(
      process.execPath,
      [program, '--pool', 'gpu', '--require-gpu'],
      { env: withoutDriver },
      (_error, _stdout, stderr) => resolve({ code: child.exitCode, stderr }),
    );
  });
  assert.equal(code, 2);
  assert.match(stderr, /^usage: This machine has no GPU.* \(GW_USAGE\)\n {2}.*nvidia-smi/s);
});
