/** A picture as a person names it: by its address, by its key in the bucket, by a file on this machine, or by its digest. */
import { resolve } from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import { isOwnKey } from '../../contracts/objectKeys.js';
import { digestOf } from '../../storage/forgetting/contentMatch.js';
import type { SoughtPicture } from '../../storage/forgetting/sightings.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri, s3Uri } from '../../storage/s3/s3Uri.js';
import { undefinedIfMissing } from '../../storage/objects/undefinedIfMissing.js';
import { digestsOfFile } from './fileDigests.js';
import { factsIfPath } from './pathFacts.js';

export interface NamedPicture extends SoughtPicture {
  /** Sizes of its files in bytes, as far as they are known. */
  sizes: ReadonlySet<number>;
}

/**
 * An address that has an object names its present content too; one that has none names what was ingested from there before.
 *
 * @throws GraftworkError GW_USAGE for a folder, GW_PICTURE_NOT_FOUND for an object that is no picture of a person's
 */
export async function namePicture(store: ObjectStore, text: string): Promise<NamedPicture> {
  if (/^[0-9a-f]{64}$/.test(text)) return named({ digest: text });
  if (!text.startsWith('s3://')) {
    const file = resolve(text);
    const facts = await factsIfPath(file);
    if (facts?.isDirectory() === true) throw isFolder(text);
    if (facts !== undefined) {
      const { sha256, bytes } = await digestsOfFile(file);
      return named({ digest: sha256, size: bytes });
    }
  }
  const { bucket, key } = text.startsWith('s3://') ? parseS3Uri(text) : { bucket: store.bucket, key: text };
  if (bucket === store.bucket && isOwnKey(key)) {
    throw new GraftworkError(
      'GW_PICTURE_NOT_FOUND',
      `${s3Uri(bucket, key)} is not a source picture: Graftwork wrote it.`,
      {
        remedy: 'Name the picture that it was made from.',
      },
    );
  }
  const address = s3Uri(bucket, key);
  const there = store.at(bucket);
  const found = key === '' ? undefined : await digestOf(there, key).catch(undefinedIfMissing);
  return named({ address, ...(found && { digest: found.sha256, size: found.size }) });
}

function named({ digest, address, size }: { digest?: string; address?: string; size?: number }): NamedPicture {
  return {
    digests: new Set(digest === undefined ? [] : [digest]),
    addresses: new Set(address === undefined ? [] : [address]),
    sizes: new Set(size === undefined ? [] : [size]),
  };
}

function isFolder(text: string): GraftworkError {
  return new GraftworkError('GW_USAGE', `${text} is a folder, not a picture.`, {
    remedy: 'Name one picture: its file, its s3:// address, its key in the bucket, or its sha256.',
  });
}

/** Nobody has ever seen anything under that name. */
export function unknownPicture(text: string): GraftworkError {
  return new GraftworkError('GW_PICTURE_NOT_FOUND', `No picture at ${text} is known.`, {
    remedy:
      'Name its file, its s3:// address, its key in the bucket, or its sha256. If it was forgotten before, its name no longer leads to it; `graftwork datasets forgotten` lists the digests.',
  });
}
