import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFolder } from './exportFolder.js';

const folders: string[] = [];
let parent: string;
let place: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'graftwork-export-'));
  folders.push(parent);
  place = join(parent, 'out');
});
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const file = (name: string, text: string) => ({
  name,
  pieces: [Buffer.from(text.slice(0, 1)), Buffer.from(text.slice(1))],
});
const write = (text: string, { force = false, verify = async (): Promise<void> => undefined } = {}) =>
  writeFolder(place, [file('a.txt', text), file('b.txt', `${text}!`)], { force, verify });

test('files appear with their digests, and nothing else', async () => {
  place = join(parent, 'deep', 'out');
  const { files, movedAside } = await write('hello');
  assert.equal(movedAside, null);
  assert.deepEqual((await readdir(place)).sort(), ['SHA256SUMS', 'a.txt', 'b.txt']);
  assert.deepEqual(await readdir(join(parent, 'deep')), ['out']);
  assert.equal(await readFile(join(place, 'b.txt'), 'utf8'), 'hello!');
  // printf hello | sha256sum
  const digest = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
  assert.deepEqual(files[0], { name: 'a.txt', bytes: 5, sha256: digest });
  assert.match(await readFile(join(place, 'SHA256SUMS'), 'utf8'), new RegExp(`^${digest}  a\\.txt\n`));
});

test('a folder with something in it is refused and stays as it is; an empty one is taken', async () => {
  await mkdir(place);
  await write('one');
  await assert.rejects(write('two'), { code: 'GW_EXPORT_REFUSED', exitCode: 2, message: /is not empty/ });
  assert.equal(await readFile(join(place, 'a.txt'), 'utf8'), 'one');
});

test('force replaces an export, and moves anything else aside', async () => {
  await write('one');
  assert.equal((await write('two', { force: true })).movedAside, null);
  assert.equal(await readFile(join(place, 'a.txt'), 'utf8'), 'two');
  assert.deepEqual(await readdir(parent), ['out']);

  await writeFile(join(place, 'notes.txt'), 'mine');
  const { movedAside } = await write('three', { force: true });
  assert.equal(movedAside, join(parent, 'out.before-export-1'));
  assert.equal(await readFile(join(movedAside, 'notes.txt'), 'utf8'), 'mine');

  // An export that somebody has changed is somebody's work too.
  await writeFile(join(place, 'a.txt'), 'changed');
  assert.equal((await write('four', { force: true })).movedAside, join(parent, 'out.before-export-2'));
  assert.equal(await readFile(join(place, 'a.txt'), 'utf8'), 'four');
});

test('what is refused after it was written leaves everything as it was', async () => {
  await write('one');
  const verify = async (): Promise<void> => {
    throw new Error('not whole');
  };
  await assert.rejects(write('two', { force: true, verify }), /not whole/);
  assert.equal(await readFile(join(place, 'a.txt'), 'utf8'), 'one');
  assert.deepEqual(await readdir(parent), ['out']);
});

test('a place that cannot be a folder is reported as such', async () => {
  await writeFile(place, 'a file');
  await assert.rejects(write('one', { force: true }), { code: 'GW_EXPORT_REFUSED', message: /is a file/ });
  place = join(place, 'below');
  await assert.rejects(write('one'), { code: 'GW_EXPORT_REFUSED' });
});

test('a link to a folder stays a link; one that leads to itself, and a name that is too long, are reported as such', async () => {
  await mkdir(join(parent, 'disk'));
  await symlink('disk', place);
  await write('one');
  assert.equal(await readlink(place), 'disk');
  assert.equal(await readFile(join(parent, 'disk', 'a.txt'), 'utf8'), 'one');
  await symlink('circle', join(parent, 'circle'));
  for (const name of ['circle', 'x'.repeat(240)]) {
    place = join(parent, name);
    await assert.rejects(write('one'), { code: 'GW_EXPORT_REFUSED', exitCode: 2 }, name);
  }
});

test('the folder one stands in, and those above it, are not replaced', async (t) => {
  const before = process.cwd();
  t.after(() => process.chdir(before));
  place = join(parent, 'here', 'deep');
  await mkdir(place, { recursive: true });
  process.chdir(place);
  for (const above of ['.', '..', parent]) {
    place = above;
    await assert.rejects(write('one', { force: true }), {
      code: 'GW_EXPORT_REFUSED',
      message: /the current folder/,
    });
  }
  place = 'below';
  await write('one');
  assert.deepEqual(await readdir(join(parent, 'here', 'deep')), ['below']);
});
