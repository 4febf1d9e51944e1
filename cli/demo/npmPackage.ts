/** One pinned npm package's archive, fetched by npm itself so that the user's registry, proxy and cache settings hold. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { GraftworkError } from '../../contracts/errors.js';

export interface PinnedPackage {
  name: string;
  version: string;
  /** Subresource integrity of the archive, `sha512-…`, as the registry publishes it. */
  integrity: string;
}

const packOutputSchema = z.array(z.object({ filename: z.string() })).length(1);

/**
 * Path of the package's archive in `folder`; downloads it unless a file with the pinned digest lies there already.
 *
 * @throws GraftworkError GW_SETUP when npm cannot fetch it, GW_CORRUPT when the bytes are not the pinned ones.
 */
export async function fetchPackage(
  pinned: PinnedPackage,
  folder: string,
  say: (line: string) => void,
): Promise<string> {
  const archive = join(folder, `${pinned.name.replace('/', '-')}-${pinned.version}.tgz`);
  if ((await integrityOf(archive)) === pinned.integrity) return archive;

  say(`fetching ${pinned.name}@${pinned.version} from the npm registry`);
  const staging = join(folder, `.${pinned.name.replace('/', '-')}.partial`);
  await mkdir(staging, { recursive: true });
  try {
    const packed = join(staging, basename(await pack(pinned, staging)));
    const found = await integrityOf(packed);
    if (found !== pinned.integrity) {
      throw new GraftworkError('GW_CORRUPT', `${pinned.name}@${pinned.version} is ${found}, not ${pinned.integrity}.`, {
        remedy: 'The registry or a proxy changed the archive; check `npm config get registry` and try again.',
      });
    }
    await rename(packed, archive);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return archive;
}

/** `npm pack` prints the archive's file name, and checks it against the registry's own digest. */
async function pack(pinned: PinnedPackage, destination: string): Promise<string> {
  const spec = `${pinned.name}@${pinned.version}`;
  try {
    const { stdout } = await promisify(execFile)(
      'npm',
      ['pack', spec, '--json', '--silent', '--ignore-scripts', '--pack-destination', destination],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    return packOutputSchema.parse(JSON.parse(stdout))[0]?.filename ?? '';
  } catch (error) {
    throw new GraftworkError('GW_SETUP', `npm could not fetch ${spec}.`, {
      remedy: `Check that the package registry can be reached: \`npm view ${spec} version\`.`,
      retryable: true,
      cause: error,
    });
  }
}

/** `sha512-…` of a file, or undefined when there is none. */
async function integrityOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha512');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return `sha512-${hash.digest('base64')}`;
}
