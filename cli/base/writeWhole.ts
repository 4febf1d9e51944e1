/** A file that is there whole or not at all. */
import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';

/**
 * Writes text in the place of what was there.
 *
 * @returns its size in bytes
 * @throws GraftworkError GW_USAGE naming the file when it cannot be written there; GW_DISK_FULL
 */
export async function writeWhole(file: string, text: string): Promise<number> {
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw failure(file, error);
  }
  return Buffer.byteLength(text);
}

/**
 * Looks whether a file can be written there, before the work that its content takes.
 *
 * @throws GraftworkError GW_USAGE naming the file
 */
export async function requirePlaceFor(file: string): Promise<void> {
  try {
    if ((await stat(file).catch(() => undefined))?.isDirectory() === true) throw withCode('EISDIR');
    const folder = dirname(resolve(file));
    if (!(await stat(folder)).isDirectory()) throw withCode('ENOTDIR');
    await access(folder, constants.W_OK);
  } catch (error) {
    throw failure(file, error);
  }
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

const reasons: Record<string, string> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'its name is too long',
};

function failure(file: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // A name that ends as folders do; what is wrong with it is not the folder above.
  const reason = reasons[file.endsWith(sep) ? 'EISDIR' : code];
  // A full disk, and any other failure, is reported where all failures are.
  if (reason === undefined) return error;
  return new GraftworkError('GW_USAGE', `${file} cannot be written: ${reason}.`, {
    remedy: 'Give --out a file in a folder that exists and that you may write to.',
    cause: error,
  });
}
