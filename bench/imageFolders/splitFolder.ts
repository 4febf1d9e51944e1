/** A folder with `train/` and `val|test/`, each with class folders: its parts, and cuts of it with few pictures. */
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { randomBits } from '../../learning/random.js';
import { sharedData } from '../../test/fixtures/sharedData.js';

export interface SplitFolder {
  name: string;
  folder: string;
  /** Names of the folders that training may learn from: `train`, and `val` where there is a `test`. */
  training: string[];
  /** Name of the folder that is kept for the test. */
  test: string;
}

/** @throws Error when it has no `train/`, or neither `val/` nor `test/` */
export async function splitFolder(folder: string): Promise<SplitFolder> {
  const names = await readdir(folder);
  const held = names.includes('test') ? 'test' : 'val';
  if (!names.includes('train') || !names.includes(held)) {
    throw new Error(`${folder} needs train/ and val/ or test/, with a folder for each class`);
  }
  const training = held === 'test' && names.includes('val') ? ['train', 'val'] : ['train'];
  return { name: basename(resolve(folder)), folder: resolve(folder), training, test: held };
}

/**
 * @param named a set of the shared data, or a folder
 * @throws Error as splitFolder
 */
export async function namedSet(named: string): Promise<SplitFolder> {
  const shared = sharedData(`datasets/${named}`);
  return splitFolder(existsSync(shared) ? shared : named);
}

/**
 * The same test and a few training pictures of each class, in a new folder. All of them are in `train/`.
 * @param perClass training pictures of a class, at most
 * @param seed decides which
 */
export async function cutFolder(
  set: SplitFolder,
  target: string,
  perClass: number,
  seed: number,
): Promise<SplitFolder> {
  for (const label of await readdir(join(set.folder, 'train'))) {
    await mkdir(join(target, 'train', label), { recursive: true });
    const names = await readdir(join(set.folder, 'train', label));
    const drawn = names
      .map((name) => ({ name, hash: randomBits(seed, `${label}/${name}`) }))
      .sort((a, b) => a.hash - b.hash)
      .slice(0, perClass);
    for (const { name } of drawn) {
      await copyFile(join(set.folder, 'train', label, name), join(target, 'train', label, name));
    }
  }
  await cp(join(set.folder, set.test), join(target, set.test), { recursive: true });
  return { ...set, folder: target, training: ['train'] };
}
