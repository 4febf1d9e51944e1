/** Every odd folder of the shared data is read in the same way on this machine and under a prefix of a bucket. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { walkFolder } from '../../client/folders/walkFolder.js';
import { readImageFolder, type FolderSource } from '../../learning/dataset/folders/imageFolder.js';
import { isLeftover, OtherFolders } from '../../learning/dataset/folders/leftovers.js';
import { requireClasses } from '../../learning/dataset/folders/requireClasses.js';
import { TextColumn } from '../../learning/dataset/columns/textColumn.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

interface Read {
  /** `class:split` → pictures. */
  pictures: Record<string, number>;
  withoutClass: number;
  notes: string[];
}

function summary({ candidates, withoutClass, notes }: FolderSource): Read {
  const pictures: Record<string, number> = {};
  for (const { className, split } of candidates) {
    const key = `${className}:${split ?? '-'}`;
    pictures[key] = (pictures[key] ?? 0) + 1;
  }
  return { pictures, withoutClass: withoutClass.length, notes };
}

/** As the client sees the folder. */
async function readLocally(folder: string): Promise<Read> {
  const { files, others } = await walkFolder(folder);
  const source = readImageFolder(TextColumn.from(files.map(({ path }) => path)), others);
  requireClasses(source, folder);
  return summary(source);
}

/** As the ingest sees it, when somebody has copied all of it into a bucket. */
async function readAsPrefix(folder: string): Promise<Read> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const keys = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    return entry.isDirectory() ? `${path}/` : path;
  });
  return readKeys(keys);
}

function readKeys(keys: readonly string[]): Read {
  const others = new OtherFolders();
  const paths: string[] = [];
  for (const key of keys.toSorted()) {
    if (isLeftover(key)) others.add(key);
    else paths.push(key);
  }
  const source = readImageFolder(TextColumn.from(paths), others);
  requireClasses(source, 's3://photos');
  return summary(source);
}

/** The same in both places. */
async function read(folder: string): Promise<Read> {
  const local = await readLocally(folder);
  assert.deepEqual(await readAsPrefix(folder), local);
  return local;
}

describe('odd folders', { skip: sharedDataMissing }, () => {
  const odd = (name: string) => sharedData(`odd-inputs/${name}`);

  test('a competition: trains on train/, and says that test/ has no labels', async () => {
    const { pictures, withoutClass, notes } = await read(odd('kaggle'));
    assert.deepEqual(pictures, { 'cat:train': 8, 'dog:train': 8 });
    assert.equal(withoutClass, 0);
    assert.match(
      notes.join('\n'),
      /^"test" has no labels: its 8 pictures are not in a class folder and are not used\.$/,
    );
  });

  test('training and testing are splits', async () => {
    const { pictures } = await read(odd('training-testing'));
    assert.deepEqual(new Set(Object.keys(pictures).map((key) => key.split(':')[1])), new Set(['train', 'test']));
  });

  test('train/ beside another folder of pictures is refused, with what to do', async () => {
    for (const reading of [readLocally, readAsPrefix]) {
      await assert.rejects(reading(odd('train-extra')), {
        code: 'GW_DATASET_INVALID',
        message: /"train" is named like a split, but next to it there is "extra"/,
        remedy: /Move the other folders away/,
      });
    }
  });

  test('train/ beside a folder of annotations trains on train/', async () => {
    const { pictures, withoutClass } = await read(odd('train-meta'));
    assert.deepEqual(Object.keys(pictures).sort(), ['cat:train', 'dog:train']);
    assert.equal(withoutClass, 0);
  });

  test('nothing that systems and tools leave behind is a class or a picture', async () => {
    assert.deepEqual(await read(odd('leftovers')), { pictures: { 'a:-': 6, 'b:-': 6 }, withoutClass: 0, notes: [] });
  });

  test('the others have their classes', async () => {
    for (const name of ['identical', 'wide']) {
      const { pictures, notes } = await read(odd(name));
      assert(Object.keys(pictures).length >= 2, name);
      assert.deepEqual(notes, [], name);
    }
    for (const name of ['dark', 'jfif']) {
      for (const reading of [readLocally, readAsPrefix]) {
        await assert.rejects(reading(odd(name)), { code: 'GW_DATASET_INVALID', message: /no class folders/ }, name);
      }
    }
  });
});

describe('odd folders that cannot travel', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'graftwork-odd-'));
  });
  after(() => rm(root, { recursive: true, force: true }));

  async function folder(name: string, files: readonly string[], empty: readonly string[] = []): Promise<string> {
    for (const file of files) {
      await mkdir(join(root, name, file, '..'), { recursive: true });
      await writeFile(join(root, name, file), 'x');
    }
    for (const path of empty) await mkdir(join(root, name, path), { recursive: true });
    return join(root, name);
  }

  test('names that look the same are one class', async () => {
    const { pictures, notes } = await read(await folder('same', ['cat/1', 'cat /2', 'cat\u200b/3', 'dog/4']));
    assert.deepEqual(pictures, { 'cat:-': 3, 'dog:-': 1 });
    assert.match(notes.join('\n'), /look the same\. They are used as one class, "cat"/);
  });

  test('an empty class folder and a hidden one are said; what goes up says the same', async () => {
    const path = await folder(
      'gaps',
      ['a/1', 'b/2', 'b/3', 'b/.4.jpg', 'b/._3.jpg', '.hidden/4', 'd/.DS_Store', '.git/config'],
      ['c', 'e/deep'],
    );
    const { notes } = await read(path);
    assert.deepEqual(notes, [
      'Folders without pictures are not used: "c", "d", "e".',
      'Hidden folders are not used: ".hidden".',
      'Hidden pictures are not used: "b/.4.jpg".',
    ]);
    const { files, others, leftOut } = await walkFolder(path);
    // Of the hidden picture the upload itself leaves a note.
    assert.deepEqual(
      readKeys([...files.map((file) => file.path), ...others.keepers()]).notes,
      notes.filter((note) => !note.startsWith('Hidden pictures')),
    );
    assert.deepEqual(leftOut, [{ path: 'b/.4.jpg', why: 'hidden' }]);
  });

  test('one class beside an empty one is refused with the reason', async () => {
    const path = await folder('one', ['cat/1', 'cat/2'], ['dog']);
    for (const reading of [readLocally, readAsPrefix]) {
      await assert.rejects(reading(path), { code: 'GW_DATASET_INVALID', message: /"cat" \("dog" holds none\)/ });
    }
  });

  test('names that are not UTF-8 and links that lead nowhere are named', async () => {
    const path = await folder('bytes', ['a/1', 'b/2']);
    const bytes = (name: string) => Buffer.concat([Buffer.from(`${path}/`), Buffer.from(name, 'latin1')]);
    await writeFile(bytes('a/caf\xe9.png'), 'x');
    await mkdir(bytes('B\xe4r'));
    await symlink('/nowhere/at/all', join(path, 'a', 'gone.png'));
    const { files, leftOut } = await walkFolder(path);
    assert.deepEqual(
      files.map((file) => file.path),
      ['a/1', 'b/2'],
    );
    assert.deepEqual(leftOut, [
      { path: 'B\\xe4r/', why: 'name' },
      { path: 'a/caf\\xe9.png', why: 'name' },
      { path: 'a/gone.png', why: 'link' },
    ]);
  });
});
