/** Sources by the names people gave them: a folder that was uploaded lies at an address made of its digest. */
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import { uploadUseSchema } from '../../contracts/data/upload.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

/** The name of a source whose address this is. */
export type SourceName = (uri: string) => string;

const lookedUpAtOnce = 16;

/**
 * Looks up what the folders at these addresses were called when they were uploaded. Other addresses are their own names, and
 * an upload of which nobody knows that any more is called by the first digits of its digest.
 *
 * @throws GraftworkError GW_S3_…
 */
export async function sourceNames(
  store: Pick<ObjectStore, 'bucket' | 'getJsonIfPresent'>,
  uris: readonly string[],
): Promise<SourceName> {
  const uploaded = new RegExp(`^s3://${store.bucket.replaceAll('.', '\\.')}/uploads/([0-9a-f]{64})(?=/|$)`);
  const digestOf = (uri: string): string | undefined => uploaded.exec(uri)?.[1];
  const digests = [...new Set(uris.flatMap((uri) => digestOf(uri) ?? []))];
  const names = new Map(
    await pMap(digests, async (digest) => [digest, await nameOf(store, digest)] as const, {
      concurrency: lookedUpAtOnce,
    }),
  );
  return (uri) => {
    const digest = digestOf(uri);
    return digest === undefined ? uri : (names.get(digest) ?? `upload ${digest.slice(0, 12)}`);
  };
}

/** It is only a name: where it is damaged, there is none. */
async function nameOf(store: Pick<ObjectStore, 'getJsonIfPresent'>, digest: string): Promise<string | undefined> {
  const use = await store.getJsonIfPresent(objectKeys.uploadUse(digest), uploadUseSchema).catch(undefinedIfCorrupt);
  return use?.from;
}
