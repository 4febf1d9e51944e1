import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { digestFolder, listFolder } from './localFolder.js';
import { walkFolder } from './walkFolder.js';

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
    (await listFolder(path)).files.map(({ path, bytes }) => [path, bytes]),
    [
      ['a/1.jpg', 3],
      ['b/2.jpg', 3],
    ],
  );
});

test('what cannot be seen is an error that names it, not a picture that is missing', async () => {
  const path = folder('unseen', { 'a/1.jpg': 'one' });
  symlinkSync('x'.repeat(300), join(path, 'a', '2.jpg')); // the system refuses to look there (ENAMETOOLONG)
  for (const list of [listFolder, walkFolder, digestFolder]) {
    await assert.rejects(list(path), {
      code: 'GW_SOURCE_UNREADABLE',
      exitCode: 2,
      message: /unseen\/a\/2\.jpg cannot be read: its name is too long\./,
      remedy: /readable/,
    });
  }
});

test('a link that leads to itself is left out like one that leads nowhere', async () => {
  const path = folder('circle', { 'a/1.jpg': 'one' });
  symlinkSync('2.jpg', join(path, 'a', '2.jpg'));
  assert.deepEqual(
    (await listFolder(path)).files.map((file) => file.path),
    ['a/1.jpg'],
  );
});

test(
  'folders and files without permission are named',
  { skip: process.getuid?.() === 0 && 'root may read all' },
  async () => {
    const path = folder('locked', { 'a/1.jpg': 'one', 'b/2.jpg': 'two' });
    chmodSync(join(path, 'a'), 0);
    await assert.rejects(listFolder(path), {
      code: 'GW_SOURCE_UNREADABLE',
      message: /locked\/a cannot be read: you may not read it\./,
    });
    chmodSync(join(path, 'a'), 0o700);
    chmodSync(join(path, 'b', '2.jpg'), 0);
    await assert.rejects(digestFolder(path), {
      code: 'GW_SOURCE_UNREADABLE',
      message: /2\.jpg cannot be read: you may not read it\./,
    });
  },
);

test('links are followed, and a link back up the tree ends there', async () => {
  const path = folder('linked', { 'a/1.jpg': 'one' });
  symlinkSync(join(path, 'a'), join(path, 'b'));
  symlinkSync(path, join(path, 'a', 'loop'));
  assert.deepEqual(
    (await listFolder(path)).files.map((file) => file.path),
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

test('a file and an empty folder are distinguished', async () => {
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
