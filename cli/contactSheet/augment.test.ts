import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import { augmentFolder } from './augment.js';

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
    const sheet = await augmentFolder(folder, { spec, images: 8, views: 3, out });
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
