import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { holdersOf, takeLock, wasLeftBehind } from './exclusiveLock.mjs';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-lock-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const lockModule = JSON.stringify(new URL('./exclusiveLock.mjs', import.meta.url).href);

/** @param {string} program what another process does with `path` @param {string} path */
function other(program, path) {
  const source = `
    import { mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
    import { takeLock } from ${lockModule};
    const path = ${JSON.stringify(path)};
    ${program}`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** @param {import('node:child_process').ChildProcess} child */
async function exitCode(child) {
  const [code] = await once(child, 'exit');
  return code;
}

test('of two in one process one holds the lock, and the other after its release', () => {
  const path = join(folder, 'one', 'lock');
  const lock = takeLock(path);
  assert.ok(lock);
  assert.equal(takeLock(path), undefined);
  assert.deepEqual(holdersOf(path), [{ pid: process.pid, added: false }]);
  lock.release();
  assert.deepEqual(readdirSync(join(folder, 'one')), []);
  takeLock(path)?.release();
});

test('a release does not free the lock of the one who has it now', () => {
  const path = join(folder, 'released');
  const first = takeLock(path);
  first?.release();
  const second = takeLock(path);
  first?.release();
  assert.equal(holdersOf(path).length, 1);
  second?.release();
});

test('the death of its holder frees the lock, and not before', async () => {
  const path = join(folder, 'killed');
  const holder = other(`takeLock(path); console.log('held'); setInterval(() => {}, 1000);`, path);
  await once(holder.stdout, 'data');
  assert.equal(takeLock(path), undefined);
  assert.equal(holdersOf(path)[0]?.pid, holder.pid);
  assert.equal(wasLeftBehind(path), false);
  holder.kill('SIGKILL');
  await exitCode(holder);
  assert.equal(wasLeftBehind(path), true);
  const lock = takeLock(path);
  assert.ok(lock);
  lock.release();
});

test('a child that was added keeps the lock when its parent is killed', async () => {
  const path = join(folder, 'child');
  const child = spawn('sleep', ['300']);
  const holder = other(`takeLock(path).add(${child.pid}); console.log('held'); setInterval(() => {}, 1000);`, path);
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  await exitCode(holder);
  assert.equal(takeLock(path), undefined);
  assert.deepEqual(holdersOf(path), [{ pid: child.pid, added: true }]);
  child.kill('SIGKILL');
  await exitCode(child);
  assert.ok(takeLock(path));
});

test('a process with the number of a dead one is another process', () => {
  const path = join(folder, 'reused');
  takeLock(path);
  const [claim = ''] = readdirSync(path);
  const earlier = claim.replace(/_[^_]+_/, '_1.before_');
  assert.notEqual(earlier, claim);
  renameSync(join(path, claim), join(path, earlier));
  assert.equal(wasLeftBehind(path), true);
  assert.ok(takeLock(path));
});

test('what a process prepared that died before it took the lock is removed', async () => {
  const path = join(folder, 'prepared', 'lock');
  await exitCode(
    other(`takeLock(path); renameSync(path, path + '.' + readdirSync(path)[0]);`, path), // as before the renaming
  );
  assert.equal(readdirSync(join(folder, 'prepared')).length, 1);
  takeLock(path);
  assert.deepEqual(readdirSync(join(folder, 'prepared')), ['lock']);
});

test('eight processes that find dead holders again and again never hold the lock together', async () => {
  const path = join(folder, 'contended');
  // Every other round ends as the death of the holder would end it: with a claim in the folder that nobody stands for.
  const contender = `
    for (let round = 0; round < 60; ) {
      const lock = takeLock(path);
      if (lock === undefined) continue;
      mkdirSync(path + '-inside');
      rmdirSync(path + '-inside');
      round += 1;
      if (round % 2 === 0) lock.release();
      else {
        const [claim] = readdirSync(path);
        renameSync(path + '/' + claim, path + '/' + claim.replace(/_[^_]+_/, '_1.before_'));
      }
    }`;
  const codes = await Promise.all(Array.from({ length: 8 }, () => exitCode(other(contender, path))));
  assert.deepEqual(codes, Array(8).fill(0));
});
