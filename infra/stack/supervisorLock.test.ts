import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { takeLock } from '../lock/exclusiveLock.mjs';
import { lockHome, supervisorLock, supervisorOf } from './supervisorLock.js';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-supervisors-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A process that locks the home (with a server) once it reads a line, says how that went, and then stays. */
function contender(home: string, server?: number): ChildProcess {
  const module = JSON.stringify(new URL('./supervisorLock.js', import.meta.url).href);
  const program = `
    import { once } from 'node:events';
    import { lockHome } from ${module};
    console.log('ready');
    await once(process.stdin, 'data');
    const took = (lock) => { ${server === undefined ? '' : `lock.add(${server});`} return 'held'; };
    const outcome = await lockHome(${JSON.stringify(home)}, () => undefined).then(took, (error) => error.message);
    console.log(outcome);
    setInterval(() => undefined, 1000);`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function line(child: ChildProcess): Promise<string> {
  const [data] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return data.toString().trim();
}

test('of six supervisors that start at once on a home left by a killed one, one holds it', async () => {
  for (const round of [1, 2, 3, 4]) {
    const home = join(folder, String(round));
    mkdirSync(supervisorLock(home), { recursive: true });
    writeFileSync(join(supervisorLock(home), '99999999_1.before_1'), '');
    writeFileSync(join(home, 'supervisor.pid'), '99999999'); // as version 0.1.0 left it
    const all = Array.from({ length: 6 }, () => contender(home));
    try {
      await Promise.all(all.map(line));
      const outcomes = Promise.all(all.map(line));
      for (const child of all) child.stdin?.write('go\n');
      const held = (await outcomes).filter((outcome) => outcome === 'held');
      assert.equal(held.length, 1, (await outcomes).join('\n'));
      const holder = await supervisorOf(home);
      assert.ok(all.some(({ pid }) => pid === holder));
      for (const outcome of await outcomes) assert.match(outcome, new RegExp(`^held$|process ${holder}\\b`));
    } finally {
      for (const child of all) child.kill('SIGKILL');
    }
  }
});

test('a home whose supervisor was killed is free once its servers have ended, and not before', async () => {
  const home = join(folder, 'servers');
  const server = spawn('sleep', ['300']);
  const supervisor = contender(home, server.pid);
  await line(supervisor);
  supervisor.stdin?.write('go\n');
  assert.equal(await line(supervisor), 'held');
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  const waits: string[] = [];
  const lock = lockHome(home, (text) => {
    waits.push(text);
    server.kill('SIGKILL');
  });
  (await lock).release();
  assert.match(waits.join(), new RegExp(`process ${server.pid}\\b`));
});

test('a starting supervisor is found by its lock', async () => {
  const home = join(folder, 'starting');
  const lock = takeLock(supervisorLock(home));
  assert.equal(await supervisorOf(home), process.pid);
  lock?.release();
  assert.equal(await supervisorOf(home), undefined);
});

test('a claim that is empty or torn is nobody’s', async () => {
  const home = join(folder, 'torn');
  mkdirSync(home);
  for (const content of ['', '12', 'x']) {
    writeFileSync(join(home, 'supervisor.pid'), content);
    assert.equal(await supervisorOf(home), undefined);
  }
});
