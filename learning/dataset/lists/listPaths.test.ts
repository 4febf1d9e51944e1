import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looselyWritten } from '../../../contracts/data/looselyWritten.js';
import { canBeWrittenOtherwise, ListPaths, sureFolders } from './listPaths.js';

/** Knows one folder, wherever the list was written. */
const paths = (): ListPaths => new ListPaths((path) => Promise.resolve(path === 'img/a.png'));

test('paths that stay in the folder are taken, however they are written', async () => {
  for (const [written, taken] of [
    ['img/a.png', 'img/a.png'],
    ['./img/a.png', 'img/a.png'],
    ['img/../img/./a.png', 'img/a.png'],
    ['.\\img\\a.png', 'img/a.png'],
    ['img\\a.png', 'img\\a.png'],
    ['s3://bucket/../a.png', 's3://bucket/../a.png'],
    ['/home/ann/set/img/a.png', 'img/a.png'],
    ['C:\\Users\\ann\\set\\img\\a.png', 'img/a.png'],
  ] as const) {
    assert.equal(await paths().read(written, 'm, line 2'), taken, written);
  }
});

test('paths that lead out are refused with their line', async () => {
  const refused = async (path: string, message: RegExp, list = paths()): Promise<void> =>
    assert.rejects(list.read(path, 'm, line 2'), { code: 'GW_MANIFEST_INVALID', message });
  for (const path of ['../a.png', 'img/../../a.png', '..\\a.png', '..'])
    await refused(path, /m, line 2: .*points outside/);
  await refused('https://x/a.png', /not an s3:/);
  const list = paths();
  await list.read('/home/ann/set/img/a.png', 'm, line 2');
  await refused('/home/ann/other/img/a.png', /the manifest’s folder has no file/, list);
  await refused('/home/ann/set/../other/a.png', /points outside/, list);
});

test('what looks alike is alike: accents, slashes, spaces at the edges of a name', () => {
  assert.equal(looselyWritten('img\\e\u0301 .png '), 'img/é .png');
  assert.equal(looselyWritten('img /a.png'), 'img/a.png');
  for (const path of ['e\u0301.png', 'é.png', 'img\\a.png', 'a.png ', 'img /a.png']) {
    assert.equal(canBeWrittenOtherwise(path), true, path);
  }
  assert.equal(canBeWrittenOtherwise('img/a b.png'), false);
  assert.equal(sureFolders('my photos/img/\u00e9/a'), 'my photos/img/');
  assert.equal(sureFolders('my photos/img/e'), 'my photos/img/');
  assert.equal(sureFolders('img\\a'), '');
});

test('absolute paths of both systems are found by their ends, wherever the first that is there stands', async () => {
  const list = paths();
  assert.equal(await list.read('/home/ann/set/img/gone.png', 'm, line 2'), '/home/ann/set/img/gone.png');
  assert.equal(await list.read('C:\\ann\\set\\img\\a.png', 'm, line 3'), 'img/a.png');
  assert.equal(await list.read('/home/ann/set/img/a.png', 'm, line 4'), 'img/a.png');
  assert.equal(await list.read('/home/ann/set/img/b.png', 'm, line 5'), 'img/b.png');
  assert.equal(await list.read('C:\\ann\\set\\img\\b.png', 'm, line 6'), 'img/b.png');
  list.requireFound();
});

test('absolute paths of another folder are refused with their line, before too many are looked for', async () => {
  for (const path of ['/etc/passwd', 'C:\\Windows\\win.ini']) {
    const list = paths();
    await list.read(path, 'm, line 2');
    assert.throws(() => list.requireFound(), {
      code: 'GW_MANIFEST_INVALID',
      message: /m, line 2: the manifest’s folder/,
    });
    const reading = async (): Promise<void> => {
      for (let line = 2; line < 100; line += 1) await list.read(`${path}${line}`, `m, line ${line}`);
    };
    await assert.rejects(reading(), { message: /m, line 2: the manifest’s folder has no file/ });
  }
});
