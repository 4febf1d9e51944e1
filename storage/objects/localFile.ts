/** A local file as it is sent: an object that is named by a digest must not get the bytes of a file that was replaced since. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { GraftworkError } from '../../contracts/errors.js';
import { fileReason } from '../../contracts/fileReason.js';

/** Bytes. @throws GraftworkError GW_SOURCE_UNREADABLE */
export async function sizeOfFile(path: string): Promise<number> {
  const { size } = await stat(path).catch((thrown: unknown) => {
    throw unreadable(thrown, path);
  });
  return size;
}

/**
 * @param sha256 what the content has to be, hex; left out, it may be anything
 * @throws GraftworkError GW_SOURCE_CHANGED when it is another one, GW_SOURCE_UNREADABLE
 */
export async function readWhole(path: string, sha256?: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((thrown: unknown) => {
    throw unreadable(thrown, path);
  });
  if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256) throw changed(path);
  return bytes;
}

/** As {@link readWhole}, piece by piece: the stream fails at its end, before the sender can complete the object. */
export function readPieces(path: string, sha256?: string): Readable {
  return Readable.from(checkedPieces(path, sha256), { objectMode: false });
}

async function* checkedPieces(path: string, sha256: string | undefined): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path)) {
      if (sha256 !== undefined) hash.update(piece as Buffer);
      yield piece as Buffer;
    }
  } catch (thrown) {
    throw unreadable(thrown, path);
  }
  if (sha256 !== undefined && hash.digest('hex') !== sha256) throw changed(path);
}

/** Names the path and what the system says of it. What is gone was there a moment ago: somebody listed it. */
export function unreadable(thrown: unknown, path: string): GraftworkError {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
    return changed(path, 'was deleted', thrown);
  return new GraftworkError('GW_SOURCE_UNREADABLE', `${path} cannot be read: ${fileReason(thrown)}.`, {
    remedy: 'Make it readable, or move it out of the folder. Then run the same command again.',
    cause: thrown,
  });
}

function changed(path: string, what = 'changed', cause?: unknown): GraftworkError {
  return new GraftworkError('GW_SOURCE_CHANGED', `${path} ${what} while it was read and sent.`, {
    remedy: 'Run the same command again when nobody writes to the folder. Files already sent are not sent again.',
    cause,
  });
}
