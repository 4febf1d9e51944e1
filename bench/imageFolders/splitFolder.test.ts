import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cutFolder, splitFolder } from './splitFolder.js';

async function withSet(parts: readonly string[], use: (folder: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'graftwork-split-'));
  try {
    for (const part of parts) {
      for (const label of ['bees', 'ants']) {
        await mkdir(join(root, 'set', part, label), { recursive: true });
        for (let n = 0; n < 6; n++) await writeFile(join(root, 'set', part, label, `${n}.jpg`), `${part} ${n}`);
      }
    }
    await use(join(root, 'set'));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

test('training learns from val where there is a test', async () => {
  await withSet(['train', 'val', 'test'], async (folder) => {
    const { name, training, test: held } = await splitFolder(folder);
    assert.deepEqual([name, training, held], ['set', ['train', 'val'], 'test']);
  });
  await withSet(['train', 'val'], async (folder) => {
    const { training, test: held } = await splitFolder(folder);
    assert.deepEqual([training, held], [['train'], 'val']);
  });
});

test('a folder without a test is refused', async () => {
  await withSet(['train'], async (folder) => assert.rejects(splitFolder(folder), /needs train\/ and val\/ or test\//));
});

test('a cut has so many pictures of each class and the whole test, and its seed decides which', async () => {
  await withSet(['train', 'val'], async (folder) => {
    const set = await splitFolder(folder);
    const drawn = async (name: string, seed: number): Promise<string[]> => {
      const cut = await cutFolder(set, join(folder, '..', name), 2, seed);
      assert.equal((await readdir(join(cut.folder, 'val', 'bees'))).length, 6);
      return (await readdir(join(cut.folder, 'train'), { recursive: true })).filter((path) => path.endsWith('.jpg'));
    };
    const first = await drawn('first', 0);
    assert.equal(first.length, 4);
    assert.deepEqual((await drawn('again', 0)).toSorted(), first.toSorted());
    assert.notDeepEqual((await drawn('other', 1)).toSorted(), first.toSorted());
  });
});
