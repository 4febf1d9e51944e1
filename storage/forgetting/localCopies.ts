/** Copies of shards on a machine's own disk, which a worker keeps until there is no room for them. */
import { opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const folders = ['pixels', 'features'] as const;

/**
 * Deletes every copy of a shard that is not known to be free of the picture. Workers on this machine miss nothing: what they
 * still read is open, and what they need they fetch.
 *
 * @param cache folder of the copies; none is no error
 * @param free keys of objects
 * @param dryRun only count
 * @returns how many
 */
export async function dropLocalCopies(cache: string, free: ReadonlySet<string>, dryRun: boolean): Promise<number> {
  let dropped = 0;
  for (const folder of folders) {
    const entries = await opendir(join(cache, folder)).catch((thrown: unknown) => {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return [];
      throw thrown;
    });
    for await (const { name } of entries) {
      if (free.has(`${folder}/${name}`)) continue;
      if (!dryRun) await rm(join(cache, folder, name), { force: true });
      dropped += 1;
    }
  }
  return dropped;
}
