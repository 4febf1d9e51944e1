/** A local file as it is sent: an object that is named by a digest must not get the bytes of a file that was replaced since. */
import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { GraftworkError } from '../../contracts/errors.js';
import { fileReason } from '../../contracts/fileReason.js';

/**
 * Looks at a path before anybody reads it: reading a pipe waits for a writer, and a device may have no end.
 *
 * @returns the size of the regular file, in bytes
 * @throws GraftworkError GW_SOURCE_UNREADABLE for anything else
 */
export async function requireRegularFile(path: string): Promise<number> {
  const facts = await stat(path).catch((thrown: unknown) => {
    throw unreadable(thrown, path);
  });
  if (!facts.isFile()) throw notRegular(path, facts);
  return facts.size;
}

/** @param facts of the path, where it is something else */
export function notRegular(path: string, facts: Pick<Stats, 'isDirectory'>): GraftworkError {
  const what = facts.isDirectory() ? 'a folder' : 'not a regular file';
  return new GraftworkError('GW_SOURCE_UNREADABLE', `${path} is ${what}.`, {
    remedy: 'Give the path of a regular file. Pipes, sockets and devices are not read.',
  });
}

/**
 * @param sha256 what the content has to be, hex; left out, it may be anything
 * @throws GraftworkError GW_SOURCE_CHANGED when it is another one, GW_SOURCE_UNREADABLE
 */
export async function readWhole(path: string, sha256?: string): Promise<Buffer> {
  await requireRegularFile(path);
  const bytes = await readFile(path).catch((thrown: unknown) => {
    throw unreadable(thrown, path);
  });
  if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256) throw changed(path);
  return bytes;
}

/** The first bytes of a file, at most `length`. @throws GraftworkError GW_SOURCE_UNREADABLE */
export async function readStart(path: string, length: number): Promise<Buffer> {
  await requireRegularFile(path);
  try {
    await using handle = await open(path);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } catch (thrown) {
    throw unreadable(thrown, path);
  }
}

/** As {@link readWhole}, piece by piece: the stream fails at its end, before the sender can complete the object. */
export function readPieces(path: string, sha256?: string): Readable {
  return Readable.from(checkedPieces(path, sha256), { objectMode: false });
}

async function* checkedPieces(path: string, sha256: string | undefined): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  await requireRegularFile(path);
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
