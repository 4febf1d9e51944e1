import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { run } from './command.mjs';
import { firstOf, groupsOfOne, s3TestGroups, temporalTestGroups, testGroups } from './testGroups.mjs';

/** @param {import('node:test').TestContext} t */
function folderFor(t) {
  const cwd = mkdtempSync(join(tmpdir(), 'graftwork-groups-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  return { cwd, folder: join(cwd, 'groups') };
}

/**
 * @param {string} file
 * @param {{cwd: string}} where
 */
function runFile(file, where) {
  // The runner of this test would otherwise take the inner one for its own.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  return run(process.execPath, ['--test', '--test-reporter=spec', file], { ...where, env });
}

test('a few files run in processes of their own', (t) => {
  assert.deepEqual(testGroups(['a.test.js', 'b.test.js'], folderFor(t)), ['a.test.js', 'b.test.js']);
});

test('each of many files is in one group, in its order', (t) => {
  const where = folderFor(t);
  const files = Array.from({ length: 100 }, (_, index) => join(where.cwd, `${index}.test.js`));
  const groups = testGroups(files, where).map((path) => readFileSync(path, 'utf8'));
  assert.equal(groups.length, 16);
  const members = groups.join('').match(/"[^"/]*\.test\.js"/g);
  assert.deepEqual(
    members,
    files.map((_, index) => `"${index}.test.js"`),
  );
});

test('the groups of files that take long come first', (t) => {
  const where = folderFor(t);
  const files = Array.from({ length: 32 }, (_, index) => join(where.cwd, `${index}.test.js`));
  const [first, second, third] = testGroups(files, where, ['31', '6']).map((path) => readFileSync(path, 'utf8'));
  assert.match(first ?? '', /"6\.test\.js"[^]*"7\.test\.js"/);
  assert.match(second ?? '', /"30\.test\.js"[^]*"31\.test\.js"/);
  assert.match(third ?? '', /"0\.test\.js"/);
});

test('files that take long run first, whatever they are called', (t) => {
  const where = folderFor(t);
  const files = firstOf(
    [join(where.cwd, 'z.test.js'), join(where.cwd, 'y.test.js')],
    [join(where.cwd, 'dist/a.test.js')],
    where,
  );
  assert.deepEqual(
    files.map((file) => basename(file)),
    ['long-00-z.test.mjs', 'long-01-y.test.mjs', 'a.test.js'],
  );
  assert.match(readFileSync(files[0] ?? '', 'utf8'), /z\.test\.js/);
  assert.deepEqual(firstOf(['z.test.js'], [], where), ['z.test.js']);
});

test("a file's hooks run for its own tests alone, and its failure fails the group", async (t) => {
  const where = folderFor(t);
  const files = Array.from({ length: 32 }, (_, index) => {
    const path = join(where.cwd, `${index}.test.js`);
    const text = `import { beforeEach, test } from 'node:test';
      beforeEach(() => console.log('hook of ${index}'));
      test('test ${index}', () => { if (${index} === 31) throw new Error('wrong'); });`;
    writeFileSync(path, text);
    return path;
  });
  writeFileSync(join(where.cwd, 'package.json'), '{"type": "module"}');
  const { code, output } = await runFile(testGroups(files, where).at(-1) ?? '', where);
  assert.equal(code, 1, output);
  for (const index of [30, 31]) assert.equal(output.split(`hook of ${index}\n`).length, 2, output);
  assert.match(output, /pass 1\b[^]*fail 1\b/);
});

test('in a group no promise is followed once the tests are known, and a stray error fails its file', async (t) => {
  const where = folderFor(t);
  writeFileSync(join(where.cwd, 'package.json'), '{"type": "module"}');
  const files = ['calm', 'stray'].map((name) => {
    const path = join(where.cwd, `${name}.test.js`);
    const throws = `await new Promise((done) => setTimeout(() => { done(); throw new Error('out of nowhere'); }));`;
    const text = `import { executionAsyncId } from 'node:async_hooks';
      import { describe, test } from 'node:test';
      describe('suite of ${name}', () => test('test', async () => {
        ${name === 'stray' ? throws : ''}
        await undefined;
        const first = executionAsyncId();
        await undefined;
        console.log('followed: ' + (executionAsyncId() !== first));
      }));`;
    writeFileSync(path, text);
    return path;
  });
  const [calm = '', stray = ''] = groupsOfOne(files, where);
  assert.deepEqual(
    [calm, stray].map((path) => basename(path)),
    ['tests-00-calm.test.mjs', 'tests-01-stray.test.mjs'],
  );
  const passed = await runFile(calm, where);
  assert.equal(passed.code, 0, passed.output);
  assert.match(passed.output, /followed: false[^]*calm\.test\.js[^]* suite of calm[^]* test /);
  assert.match((await runFile(files[0] ?? '', where)).output, /followed: true/);
  const failed = await runFile(stray, where);
  assert.equal(failed.code, 1, failed.output);
  assert.match(failed.output, /out of nowhere/);
  assert.deepEqual(groupsOfOne([calm], where), [calm]);
});

/**
 * Seven files with a server, and others.
 *
 * @param {{cwd: string}} where
 */
function filesWithServer({ cwd }) {
  writeFileSync(join(cwd, 'package.json'), '{"type": "module"}');
  // Each caller's server says how many there are while it runs.
  writeFileSync(
    join(cwd, 's3Server.js'),
    `export const s3Unavailable = false;
    let callers = 0;
    export const startS3Server = async () => {
      console.log('callers: ' + ++callers);
      return { stop: () => console.log('left: ' + --callers) };
    };`,
  );
  const server = `import { startS3Server } from './s3Server.js';\n`;
  const tests = `import { after, before, test } from 'node:test';
    let server;
    before(async () => void (server = await startS3Server()));
    after(() => server.stop());
    test('one', () => undefined);`;
  const texts = {
    ...Object.fromEntries(Array.from({ length: 7 }, (_, index) => [String(index), `${server}${tests}`])),
    commands: `${server}import { runCommand } from '../stacks/runCommand.js';`,
    processes: `${server}import { spawn } from 'node:child_process';`,
    proxy: `${server}import { FaultProxy } from './faultProxy.js';`,
    without: '',
  };
  return Object.entries(texts).map(([name, text]) => {
    const path = join(cwd, `${name}.test.js`);
    writeFileSync(path, text);
    return path;
  });
}

test('files that need an S3 server and nothing else share one', async (t) => {
  const where = folderFor(t);
  const chosen = s3TestGroups(filesWithServer(where), where);
  assert.deepEqual(
    chosen.map((path) => basename(path)),
    [
      ...[1, 2, 3, 4, 5, 6].map((group) => `s3-group-${group}.test.mjs`),
      ...['commands', 'processes', 'proxy', 'without'].map((name) => `${name}.test.js`),
    ],
  );
  const { code, output } = await runFile(chosen[0] ?? '', where);
  assert.equal(code, 0, output);
  const counted = ['callers: 1', 'callers: 2', 'left: 1', 'callers: 2', 'left: 1', 'left: 0'];
  assert.deepEqual(output.match(/(?:callers|left): \d/g), counted);
});

test('a few files with an S3 server run in processes of their own', (t) => {
  const where = folderFor(t);
  const files = filesWithServer(where).slice(1);
  assert.deepEqual(s3TestGroups(files, where), files);
});

test('files with workers in their process share one, those that start processes do not', (t) => {
  const where = folderFor(t);
  const server = `import { developmentServer } from '../stacks/temporalForTests.js';\n`;
  const texts = {
    ...Object.fromEntries(Array.from({ length: 4 }, (_, index) => [String(index), server])),
    processes: `${server}import { OwnedProcess } from '../../infra/stack/ownedProcess.js';`,
    without: '',
  };
  const files = Object.entries(texts).map(([name, text]) => {
    const path = join(where.cwd, `${name}.test.js`);
    writeFileSync(path, text);
    return path;
  });
  const chosen = temporalTestGroups(files, where);
  assert.deepEqual(
    chosen.map((path) => basename(path)),
    [
      ...[1, 2, 3].map((group) => `temporal-group-${group}.test.mjs`),
      ...['processes', 'without'].map((name) => `${name}.test.js`),
    ],
  );
  assert.match(readFileSync(chosen[0] ?? '', 'utf8'), /"0\.test\.js"[^]*"3\.test\.js"/);
  assert.deepEqual(temporalTestGroups(files.slice(1, 4), where), files.slice(1, 4));
});
