import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import { augmentLocal } from './augment.js';

test('a sheet of a local folder has a row for each picture and a column for each view, the plain crop first', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-test-'));
  try {
    await mkdir(join(folder, 'red'));
    await mkdir(join(folder, 'blue'));
    const create = { width: 60, height: 48, channels: 3 } as const;
    await sharp({ create: { ...create, background: '#c00000' } })
      .png()
      .toFile(join(folder, 'red', '1.png'));
    await sharp({ create: { ...create, background: '#0000c0' } })
      .png()
      .toFile(join(folder, 'blue', '1.png'));
    await writeFile(join(folder, 'red', 'broken.jpg'), 'no picture');
    const spec = resolveSpec({
      dataset: { uri: 's3://local/folder' },
      preprocess: { resize: 40, crop: 32 },
      augmentation: { erasing: 1 },
    });
    const out = join(folder, 'sheet.png');
    const sheet = await augmentLocal(folder, { spec, images: 8, views: 3, out });
    assert.deepEqual(sheet.rows, ['blue/1.png', 'red/1.png']);
    assert.deepEqual(
      sheet.unreadable.map(({ path }) => path),
      ['red/broken.jpg'],
    );
    const { data, info } = await sharp(out).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [sheet.width, sheet.height]);
    const colours = (row: number, column: number): Set<string> => {
      const found = new Set<string>();
      for (let y = 0; y < 32; y++) {
        for (let x = 0; x < 32; x++) {
          const at = ((row * 38 + 6 + y) * info.width + column * 38 + 6 + x) * 3;
          found.add(data.subarray(at, at + 3).toString('hex'));
        }
      }
      return found;
    };
    assert.deepEqual([...colours(0, 0)], ['0000c0']);
    assert.deepEqual([...colours(1, 0)], ['c00000']);
    // A drawn view of one colour has two: its own, jittered, and that of the hole.
    assert.equal(colours(0, 1).size, 2);
    assert.equal(colours(1, 2).size, 2);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** A folder of two pictures and two lists of them, and what `augment` is called with. */
async function listed<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-test-'));
  try {
    for (const name of ['red.png', 'blue.png', 'held.png'])
      await sharp({ create: { width: 60, height: 48, channels: 3, background: '#c00000' } }).toFile(join(folder, name));
    const lines = ['red.png,red,train', 'blue.png,blue,train', 'gone.png,blue,train', 'held.png,red,test'];
    await writeFile(join(folder, 'list.csv'), ['path,label,split', ...lines].join('\n'));
    await writeFile(join(folder, 'bucket.csv'), 'path,label\ns3://photos/a.png,red\n');
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const small = resolveSpec({ dataset: { uri: 's3://local/folder' }, preprocess: { resize: 40, crop: 32 } });

test('a list of images is drawn, its training pictures only, and a line without its picture is named', async () => {
  await listed(async (folder) => {
    const options = { spec: small, images: 8, views: 2, out: join(folder, 'sheet.jpg') };
    const sheet = await augmentLocal(join(folder, 'list.csv'), options);
    assert.deepEqual(sheet.rows.toSorted(), ['blue.png', 'red.png']);
    assert.deepEqual(
      sheet.unreadable.map(({ path }) => path),
      ['gone.png'],
    );
    // The bytes are what the extension says.
    assert.equal((await sharp(options.out).metadata()).format, 'jpeg');
    await assert.rejects(augmentLocal(join(folder, 'bucket.csv'), options), {
      code: 'GW_DATASET_EMPTY',
      message: /s3:\/\/photos\/a\.png/,
    });
  });
});

test('a file that a sheet is not written as is refused by its extension, before anything is drawn', async () => {
  await listed(async (folder) => {
    const options = { spec: small, images: 8, views: 2, out: join(folder, 'sheet.gif') };
    await assert.rejects(augmentLocal(folder, options), {
      code: 'GW_USAGE',
      message: /^A sheet cannot be written as \.gif: .*sheet\.gif\.$/,
      remedy: /^Use one of \.png, \.jpg/,
    });
  });
});
