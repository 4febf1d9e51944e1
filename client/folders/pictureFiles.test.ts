import assert from 'node:assert/strict';
import { chmod, copyFile, mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { sharedData, sharedDataMissing } from '../../test/fixtures/sharedData.js';
import { walkFolder } from './walkFolder.js';
import { localPictures } from './pictureFiles.js';

describe('the pictures of a folder are found by their content', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graftwork-test-'));
    const picture = sharp({ create: { width: 16, height: 16, channels: 3, background: '#208040' } });
    await mkdir(join(folder, 'more'));
    for (const name of ['IMG_0001', 'a.jpe', 'a.jfif', 'more/a.dat'])
      await picture.clone().jpeg().toFile(join(folder, name));
    await writeFile(join(folder, 'old.jp2'), Buffer.from('\0\0\0\x0cjP  \r\n\x87\n', 'latin1'));
    await writeFile(join(folder, 'drawing'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await writeFile(join(folder, 'page.jpg'), '<html>not found</html>');
    await writeFile(join(folder, 'notes.txt'), 'taken on Monday');
    await writeFile(join(folder, 'paper'), '%PDF-1.7\n');
    await writeFile(join(folder, 'nothing'), '');
    await writeFile(join(folder, 'Thumbs.db'), 'left behind');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('whatever their names; what only claims to be a picture stays, so that its fault is reported', async () => {
    const { pictures } = await localPictures((await walkFolder(folder)).files);
    assert.deepEqual(
      pictures.map(({ path }) => path),
      ['IMG_0001', 'a.jfif', 'a.jpe', 'drawing', 'more/a.dat', 'old.jp2', 'page.jpg'],
    );
  });

  test('other files are skipped, each with its reason; leftovers of a system are not mentioned', async () => {
    const { skipped } = await localPictures((await walkFolder(folder)).files);
    assert.deepEqual(skipped, [
      { path: 'notes.txt', reason: 'the content is text' },
      { path: 'nothing', reason: 'it has no bytes' },
      { path: 'paper', reason: 'a PDF file' },
    ]);
  });

  test('every picture of the folder with odd names is there', { skip: sharedDataMissing }, async () => {
    const odd = sharedData('odd-inputs/jfif');
    const { pictures, skipped } = await localPictures((await walkFolder(odd)).files);
    assert.deepEqual(
      pictures.map(({ file }) => basename(file)),
      (await readdir(odd)).toSorted(),
    );
    assert.deepEqual(skipped, []);
  });

  test(
    'a file without permission is named',
    { skip: process.getuid?.() === 0 && 'root may read everything' },
    async () => {
      const closed = join(folder, 'closed');
      await copyFile(join(folder, 'a.jpe'), closed);
      await chmod(closed, 0);
      await assert.rejects(localPictures((await walkFolder(folder)).files), {
        code: 'GW_SOURCE_UNREADABLE',
        message: /closed/,
      });
      await rm(closed);
    },
  );
});
