import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { digestFolder, listFolder } from './localFolder.js';

const root = mkdtempSync(join(tmpdir(), 'graftwork-folder-'));
after(() => rmSync(root, { recursive: true }));

function folder(name: string, files: Record<string, string>): string {
  const path = join(root, name);
  mkdirSync(path);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(path, file, '..'), { recursive: true });
    writeFileSync(join(path, file), content);
  }
  return path;
}

test('files come with their relative paths, hidden ones and dangling links left out', async () => {
  const path = folder('plain', { 'b/2.jpg': 'two', 'a/1.jpg': 'one', '.DS_Store': '', '.git/config': '' });
  symlinkSync(join(path, 'nowhere'), join(path, 'dangling'));
  assert.deepEqual(
    (await listFolder(path)).map(({ path, bytes }) => [path, bytes]),
    [
      ['a/1.jpg', 3],
      ['b/2.jpg', 3],
    ],
  );
});

test('links are followed, and a link back up the tree ends there', async () => {
  const path = folder('linked', { 'a/1.jpg': 'one' });
  symlinkSync(join(path, 'a'), join(path, 'b'));
  symlinkSync(path, join(path, 'a', 'loop'));
  assert.deepEqual(
    (await listFolder(path)).map((file) => file.path),
    ['a/1.jpg', 'b/1.jpg'],
  );
});

test('the digest follows content and names, not the place', async () => {
  const one = folder('one', { 'a/1.jpg': 'one', 'b/2.jpg': 'two' });
  cpSync(one, join(root, 'copy'), { recursive: true });
  const other = folder('other', { 'a/1.jpg': 'one', 'b/2.jpg': 'tow' });
  const renamed = folder('renamed', { 'a/1.jpg': 'one', 'b/3.jpg': 'two' });
  const [first, copy, changed, moved] = await Promise.all(
    [one, join(root, 'copy'), other, renamed].map((path) => digestFolder(path)),
  );
  assert.equal(copy?.digest, first?.digest);
  assert.notEqual(changed?.digest, first?.digest);
  assert.notEqual(moved?.digest, first?.digest);
});

test('a file and an empty folder are told apart', async () => {
  const path = folder('bad', { 'a.txt': '' });
  await assert.rejects(listFolder(join(path, 'a.txt')), { code: 'GW_SOURCE_NOT_FOUND', message: /is a file/ });
  await assert.rejects(listFolder(folder('empty', { '.hidden': '' })), { code: 'GW_DATASET_EMPTY', exitCode: 2 });
});

test('a folder that is not there is named, with what to do', async () => {
  await assert.rejects(listFolder(join(root, 'nowhere')), {
    code: 'GW_SOURCE_NOT_FOUND',
    message: /nowhere/,
    remedy: /exists/,
  });
});
