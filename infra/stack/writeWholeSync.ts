/** A small private file that is there whole or not at all, whatever happens to the disk or the process. */
import { closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Where a file's text lies until it is complete. */
export function unfinished(file: string): string {
  return `${file}.new`;
}

/**
 * Puts the text in the place of what was there, readable by the owner only. It is on the disk before it gets its name: a disk
 * that turns out to be full, or a machine that stops, leaves the old file and not an empty one.
 * @throws what the file system says
 */
export function writeWholeSync(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  try {
    const handle = openSync(unfinished(file), 'w', 0o600);
    try {
      fchmodSync(handle, 0o600);
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(unfinished(file), file);
  } catch (error) {
    rmSync(unfinished(file), { force: true });
    throw error;
  }
}
