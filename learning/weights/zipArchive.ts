/** Members of a zip, in memory or in a file: wheels and PyTorch checkpoints. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fromBuffer, fromRandomAccessReader, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { GraftworkError } from '../../contracts/errors.js';
import type { RandomAccess } from '../arrays/safetensorsInFile.js';
import { mostAtOnce } from './limits.js';

/** A checkpoint of the largest network has thousands. */
const mostMembers = 100_000;

/** Bytes of one request to a file. */
const pieceBytes = 2 ** 20;

export interface ZipArchive {
  readonly names: readonly string[];
  /**
   * One member's bytes.
   * @param limit most bytes to inflate: a small archive can claim to hold a very large file
   * @throws GW_WEIGHTS_REFUSED when there is no such member, it is larger, or it is damaged; or when all that was read of
   * the archive is more than it may inflate to, however small the archive
   */
  read(name: string, limit: number): Promise<Buffer>;
}

export function isZip(file: Buffer): boolean {
  return file.length >= 4 && file.readUInt32LE(0) === 0x04034b50;
}

/**
 * @param most bytes of all members that are read, together
 * @throws GW_WEIGHTS_REFUSED when the archive is damaged
 */
export async function openZip(file: Buffer | RandomAccess, most = mostAtOnce): Promise<ZipArchive> {
  let left = most;
  const { zip, entries } = await listMembers(file).catch((cause: unknown) => {
    throw refuse(cause instanceof Error ? cause.message : 'it is not a zip', cause);
  });
  return {
    names: [...entries.keys()],
    async read(name, limit) {
      const entry = entries.get(name);
      if (!entry) throw refuse(`it has no member '${name}'`);
      if (entry.uncompressedSize > limit) throw refuse(`'${name}' is larger than ${limit} bytes`);
      left -= entry.uncompressedSize;
      if (left < 0) throw refuse(`it inflates to more than ${most} bytes`);
      const bytes = new Promise<Buffer>((resolve, reject) => {
        zip.openReadStream(entry, (error, stream) => {
          if (error) reject(error);
          else resolve(buffer(stream));
        });
      });
      return bytes.catch((cause: unknown) => {
        throw refuse(`'${name}' cannot be read`, cause);
      });
    },
  };
}

/** A file as yauzl reads one. Whoever opened the file closes it. */
class ArchiveReader extends RandomAccessReader {
  constructor(private readonly file: RandomAccess) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.pieces(start, end));
  }

  private async *pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; at += pieceBytes) {
      const piece = Buffer.allocUnsafe(Math.min(pieceBytes, end - at));
      await this.file.read(piece, at);
      yield piece;
    }
  }
}

function listMembers(file: Buffer | RandomAccess): Promise<{ zip: ZipFile; entries: Map<string, Entry> }> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false };
    const opened = (error: Error | null, zip: ZipFile): void => {
      if (error) {
        reject(error);
        return;
      }
      const entries = new Map<string, Entry>();
      zip.on('entry', (entry: Entry) => {
        entries.set(entry.fileName, entry);
        if (entries.size > mostMembers) return reject(new Error(`it has more than ${mostMembers} members`));
        zip.readEntry();
      });
      zip.on('end', () => resolve({ zip, entries }));
      zip.on('error', reject);
      zip.readEntry();
    };
    if (Buffer.isBuffer(file)) fromBuffer(file, options, opened);
    else fromRandomAccessReader(new ArchiveReader(file), file.size, options, opened);
  });
}

function refuse(reason: string, cause?: unknown): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_REFUSED', `The weights' archive is refused: ${reason}.`, {
    remedy: 'Fetch the file again: it may be incomplete.',
    cause,
  });
}
