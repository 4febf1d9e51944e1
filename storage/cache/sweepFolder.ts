/** Keeps the folder of a cache within its budget. Other processes may read and write it meanwhile. */
import { rm, stat } from 'node:fs/promises';
import { filesBelow } from '../objects/filesBelow.js';

/** Down to this share of the budget, so that sweeps are rare. */
const keptShare = 0.9;
/** Age at which an unfinished file belongs to a process that died, in milliseconds. */
const abandonedAfter = 3_600_000;

/** Ending of a file that is being written. */
export const unfinished = '.unfinished';

/**
 * Deletes what was used longest ago until the rest fits well within the budget.
 * @param budget bytes
 */
export async function sweepFolder(folder: string, budget: number): Promise<void> {
  const files: { path: string; size: number; used: number }[] = [];
  for await (const path of filesBelow(folder)) {
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined) continue;
    if (!path.endsWith(unfinished)) files.push({ path, size: facts.size, used: facts.mtimeMs });
    else if (Date.now() - facts.mtimeMs > abandonedAfter) await rm(path, { force: true });
  }
  let total = files.reduce((sum, { size }) => sum + size, 0);
  if (total <= budget) return;
  for (const { path, size } of files.toSorted((a, b) => a.used - b.used)) {
    if (total <= budget * keptShare) return;
    await rm(path, { force: true });
    total -= size;
  }
}
