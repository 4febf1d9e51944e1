/** What tests of forgetting have in common: two pictures, how they are asked to be forgotten, and the look through every byte. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { objectKeys } from '../../contracts/objectKeys.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import type { ForgetOptions } from '../../storage/forgetting/forgetPictures.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { quickSpec } from '../fixtures/quickSpecs.js';
import { sharedData } from '../fixtures/sharedData.js';

export const tiny = sharedData('datasets/tiny');
export const upload = objectKeys.upload('a'.repeat(64));
export const forgettingSpec = {
  ...quickSpec,
  name: 'tiny',
  // Small pictures: what is looked for does not depend on it.
  preprocess: { resize: 64, crop: 64 },
  head: { epochs: 1 },
  fineTune: [{ epochs: 1, unfreeze: 'last' as const }],
};
/** Of the train split and of the test split. */
export const trained = 'train/roses/2535466393_6556afeb2f_m.jpg';
export const tested = 'val/daisy/2812442552_3eed5fb9f2_m.jpg';

export function forgetOptions(change: Partial<ForgetOptions> = {}): ForgetOptions {
  return {
    asked: { by: 'a test', reason: 'because' },
    dryRun: false,
    deleteSource: false,
    sizes: new Set(),
    refuseIfInUse: async () => new Set(),
    dropLocalCopies: async () => 0,
    onStep: () => undefined,
    ...change,
  };
}

export async function contents(store: ObjectStore): Promise<Map<string, Buffer>> {
  const all = new Map<string, Buffer>();
  for await (const { key } of store.list()) all.set(key, await store.get(key));
  return all;
}

/** @param remains bytes by which the picture would be recognised */
export async function assertNothingOf(store: ObjectStore, path: string, remains: readonly Buffer[]): Promise<void> {
  const digest = sha256(await readFile(join(tiny, path)));
  for (const [key, bytes] of await contents(store)) {
    assert(!key.includes(path), `${key} names it`);
    for (const [index, trace] of remains.entries()) assert(!bytes.includes(trace), `${key} holds trace ${index} of it`);
    const mayKnowDigest = key.startsWith('forgotten/') || key.endsWith('/manifest.json');
    assert(mayKnowDigest || !(key + bytes.toString('latin1')).includes(digest), `${key} holds its digest`);
  }
}

/** A picture's file and its name. */
export async function fileAndName(path: string): Promise<Buffer[]> {
  return [await readFile(join(tiny, path)), Buffer.from(JSON.stringify(path).slice(1, -1))];
}
