/**
 * Bytes on local disk that can be made again, each until it is taken. One is written and read in a few system calls, at once: what is
 * written lies in the operating system's memory for the seconds until then, and waiting for a thread would take longer.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, readvSync, rmSync, unlinkSync, writevSync } from 'node:fs';
import { dirname } from 'node:path';

const digestBytes = 32;

/**
 * A file that was not written whole is as good as none: its digest is missing.
 * @param name is part of the digest, so that a file in another's place is none
 * @throws what the file system says
 */
export function writeAside(path: string, name: string, bytes: Uint8Array): void {
  const file = openIn(dirname(path), () => openSync(path, 'w'));
  try {
    writevSync(file, [bytes, digestOf(name, bytes)]);
  } catch (thrown) {
    rmSync(path, { force: true });
    throw thrown;
  } finally {
    closeSync(file);
  }
}

/**
 * Reads a file into `into`, and deletes it.
 * @returns false when it is gone or damaged, or has another length; `into` may then hold anything
 * @throws what the file system says, but for a file that is not there
 */
export function takeAside(path: string, name: string, into: Uint8Array): boolean {
  const file = unlessMissing(() => openSync(path, 'r'));
  if (file === undefined) return false;
  try {
    unlessMissing(() => unlinkSync(path));
    const digest = Buffer.allocUnsafe(digestBytes);
    const size = into.byteLength + digestBytes;
    return (
      fstatSync(file).size === size &&
      readvSync(file, [into, digest], 0) === size &&
      digestOf(name, into).equals(digest)
    );
  } finally {
    closeSync(file);
  }
}

/** The folder is made where it is missing. */
function openIn(folder: string, open: () => number): number {
  const file = unlessMissing(open);
  if (file !== undefined) return file;
  mkdirSync(folder, { recursive: true });
  return open();
}

function unlessMissing<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

function digestOf(name: string, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(bytes).digest();
}
