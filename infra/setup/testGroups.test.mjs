import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from './command.mjs';
import { testGroups } from './testGroups.mjs';

/** @param {import('node:test').TestContext} t */
function folderFor(t) {
  const cwd = mkdtempSync(join(tmpdir(), 'graftwork-groups-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  return { cwd, folder: join(cwd, 'groups') };
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
  // The runner of this test would otherwise take the inner one for its own.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const args = ['--test', '--test-reporter=spec', testGroups(files, where).at(-1) ?? ''];
  const { code, output } = await run(process.execPath, args, { ...where, env });
  assert.equal(code, 1, output);
  for (const index of [30, 31]) assert.equal(output.split(`hook of ${index}\n`).length, 2, output);
  assert.match(output, /pass 1\b[^]*fail 1\b/);
});
