/** Squares, and copies of shards and checkpoints, on a machine's own disk, which a worker keeps until there is no room for them. */
import { rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { filesBelow } from '../objects/filesBelow.js';
import type { IsFree } from './shardTraces.js';

const folders = ['squares', 'pixels', 'features', 'checkpoints'] as const;

/**
 * Deletes every copy that is not known to be free of the picture. Workers on this machine miss nothing: what they still read
 * is open, and what they need they fetch.
 *
 * @param cache folder of the copies; none is no error
 * @param dryRun only count
 * @returns how many
 */
export async function dropLocalCopies(cache: string, isFree: IsFree, dryRun: boolean): Promise<number> {
  let dropped = 0;
  for (const folder of folders) {
    for await (const path of filesBelow(join(cache, folder))) {
      if (isFree(relative(cache, path).replaceAll(sep, '/'))) continue;
      if (!dryRun) await rm(path, { force: true });
      dropped += 1;
    }
  }
  return dropped;
}
