/** Members of a zip held in memory: wheels and PyTorch checkpoints. */
import { buffer } from 'node:stream/consumers';
import { fromBuffer, type Entry, type ZipFile } from 'yauzl';
import { GraftworkError } from '../../contracts/errors.js';
import { mostAtOnce } from './limits.js';

/** A checkpoint of the largest network has thousands. */
const mostMembers = 100_000;

export interface ZipArchive {
  readonly names: readonly string[];
  /**
   * One member's bytes.
   * @param limit most bytes to inflate: a small archive can claim to hold a very large file
   * @throws GW_WEIGHTS_REFUSED when there is no such member, it is larger, or it is damaged; or when all that was read of
   * the archive is more than `mostAtOnce`, however small the archive
   */
  read(name: string, limit: number): Promise<Buffer>;
}

export function isZip(file: Buffer): boolean {
  return file.length >= 4 && file.readUInt32LE(0) === 0x04034b50;
}

/** @throws GW_WEIGHTS_REFUSED when the archive is damaged */
export async function openZip(file: Buffer): Promise<ZipArchive> {
  let left = mostAtOnce;
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
      if (left < 0) throw refuse(`it inflates to more than ${mostAtOnce} bytes`);
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

function listMembers(file: Buffer): Promise<{ zip: ZipFile; entries: Map<string, Entry> }> {
  return new Promise((resolve, reject) => {
    fromBuffer(file, { lazyEntries: true, autoClose: false }, (error, zip) => {
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
    });
  });
}

function refuse(reason: string, cause?: unknown): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_REFUSED', `The weights' archive is refused: ${reason}.`, {
    remedy: 'Fetch the file again: it may be incomplete.',
    cause,
  });
}
