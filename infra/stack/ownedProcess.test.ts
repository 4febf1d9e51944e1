import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { OwnedProcess } from './ownedProcess.js';
import type { Launch } from './ownedProcess.js';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-process-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function shell(script: string): Launch {
  return {
    name: 'a shell',
    program: '/bin/sh',
    args: ['-c', script],
    env: process.env,
    cwd: folder,
    log: join(folder, 'log'),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(20);
}

test('what a process started goes with it', async () => {
  const owned = new OwnedProcess(shell('sleep 300 & echo child $!; wait'));
  let child = 0;
  while (child === 0) {
    await delay(10);
    child = Number(/child (\d+)/.exec(owned.lastWords())?.[1] ?? 0);
  }
  await owned.stop(5_000);
  await gone(child);
  assert.equal(owned.running, false);
});

test('a process that does not listen to SIGTERM is killed after the grace', async () => {
  const owned = new OwnedProcess(shell("trap '' TERM; echo deaf; while :; do sleep 0.05; done"));
  while (!owned.lastWords().includes('deaf')) await delay(10);
  await owned.stop(100);
  assert.equal((await owned.exited).signal, 'SIGKILL');
});

test('a program that does not exist ends at once, with the reason', async () => {
  const owned = new OwnedProcess({ ...shell(''), program: join(folder, 'nothing') });
  assert.match((await owned.exited).error?.message ?? '', /ENOENT/);
});

test('a process dies with its owner, even when the owner is killed', async () => {
  const module = JSON.stringify(new URL('./ownedProcess.js', import.meta.url).href);
  const launch = JSON.stringify({ ...shell('sleep 300'), env: {} });
  const program = `import { OwnedProcess } from ${module}; console.log(new OwnedProcess(${launch}).pid);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  assert.ok(isAlive(pid));
  owner.kill('SIGKILL');
  await gone(pid);
});
