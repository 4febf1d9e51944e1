/** The third-party data beside the checkout. Tests that need it are skipped where it is absent. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../../shared/data');

/** Path of a file or folder of the shared data. */
export function sharedData(path: string): string {
  return resolve(root, path);
}

/** Why a test that needs the shared data cannot run here, or false. */
export const sharedDataMissing: string | false = existsSync(root) ? false : `no data at ${root}`;
