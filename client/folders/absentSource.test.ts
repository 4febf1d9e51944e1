import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { bringImages } from '../runs/predictionImages.js';
import { listFolder } from './localFolder.js';
import { requireSource } from './source.js';

const root = mkdtempSync(join(tmpdir(), 'graftwork-absent-'));
after(() => rmSync(root, { recursive: true }));
const [loop, back, broken] = [join(root, 'loop'), join(root, 'back'), join(root, 'broken')];
symlinkSync(back, loop);
symlinkSync(loop, back);
symlinkSync(join(root, 'nothing'), broken);

for (const [name, read] of [
  ['train', requireSource],
  ['a folder', listFolder],
  ['predict', (path: string) => bringImages(new MemoryS3().store(), 'one', [path])],
] as const) {
  test(`${name}: links that lead nowhere are no absent paths`, async () => {
    const code = 'GW_SOURCE_NOT_FOUND';
    for (const path of [loop, join(loop, 'photos')]) {
      await assert.rejects(read(path), { code, message: /^The symbolic links of .* lead in a circle\.$/ });
    }
    for (const path of [broken, `${broken}/`]) {
      await assert.rejects(read(path), { code, message: /broken\/? is a broken symbolic link\.$/ });
    }
    await assert.rejects(read(join(root, 'none')), { code, message: /^There is no / });
  });
}
