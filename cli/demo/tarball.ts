/** Reads npm's own archive form: gzip around POSIX ustar (IEEE 1003.1), every path under one root folder. */
import { gunzipSync } from 'node:zlib';
import { GraftworkError } from '../../contracts/errors.js';

const blockSize = 512;

export interface TarFile {
  /** Path below the archive's root folder: `img/google/64/1f436.png`. */
  path: string;
  bytes: Buffer;
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

/**
 * The regular files of a tarball whose path `wanted` accepts. The caller decides on the whole path, so nothing outside
 * its own list is ever written to disk.
 *
 * @throws GraftworkError GW_CORRUPT when the archive ends early, is no archive, unpacks to more than `mostBytes`, or names a path
 * that leads out of it.
 */
export function* filesInTarball(
  archive: Buffer,
  wanted: (path: string) => boolean,
  mostBytes = 2 ** 30,
): Generator<TarFile> {
  const bytes = unzip(archive, mostBytes);
  for (let offset = 0; offset + blockSize <= bytes.length;) {
    const header = bytes.subarray(offset, offset + blockSize);
    if (header[0] === 0) return; // two zero blocks end an archive
    const size = Number.parseInt(text(header, 124, 12).trim(), 8);
    const start = offset + blockSize;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > bytes.length) {
      throw new GraftworkError('GW_CORRUPT', `The archive's entry at byte ${offset} is cut off.`);
    }
    const kind = text(header, 156, 1);
    const prefix = text(header, 345, 155);
    const name = text(header, 0, 100);
    const path = (prefix === '' ? name : `${prefix}/${name}`).replace(/^[^/]*\//, '');
    if (path.startsWith('/') || path.split('/').includes('..')) {
      throw new GraftworkError('GW_CORRUPT', `The archive's entry at byte ${offset} points outside the archive.`);
    }
    if ((kind === '0' || kind === '') && wanted(path)) yield { path, bytes: bytes.subarray(start, start + size) };
    offset = start + Math.ceil(size / blockSize) * blockSize;
  }
}

function unzip(archive: Buffer, mostBytes: number): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: mostBytes });
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    const reason = tooLarge ? `The archive unpacks to more than ${mostBytes} bytes.` : 'This is not a gzip archive.';
    throw new GraftworkError('GW_CORRUPT', reason, { cause: error });
  }
}
