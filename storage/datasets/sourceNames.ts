/** Sources by the names people gave them: a folder that was uploaded lies at an address made of its digest. */
import { posix } from 'node:path';
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import { isListFile } from '../../contracts/spec/listFile.js';
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
  const uploaded = new RegExp(`^s3://${store.bucket.replaceAll('.', '\\.')}/uploads/([0-9a-f]{64})(?:/(.*))?$`);
  const digestOf = (uri: string): string | undefined => uploaded.exec(uri)?.[1];
  const digests = [...new Set(uris.flatMap((uri) => digestOf(uri) ?? []))];
  const names = new Map(
    await pMap(digests, async (digest) => [digest, await nameOf(store, digest)] as const, {
      concurrency: lookedUpAtOnce,
    }),
  );
  return (uri) => {
    const digest = digestOf(uri);
    if (digest === undefined) return uri;
    const name = names.get(digest);
    return name === undefined ? `upload ${digest.slice(0, 12)}` : fileOf(name, uploaded.exec(uri)?.[2]);
  };
}

/** It is only a name: where it is damaged, there is none. */
async function nameOf(store: Pick<ObjectStore, 'getJsonIfPresent'>, digest: string): Promise<string | undefined> {
  const use = await store.getJsonIfPresent(objectKeys.uploadUse(digest), uploadUseSchema).catch(undefinedIfCorrupt);
  return use?.from;
}

/**
 * @param source as it was called last: a folder, or a list of images whose folder was uploaded with it
 * @param path of a file in the folder; a folder has many lists
 */
function fileOf(source: string, path: string | undefined): string {
  if (path === undefined || path === '') return source;
  const folder = isListFile(source) ? posix.dirname(source) : source.replace(/\/+$/, '');
  return folder === '.' ? path : `${folder}/${path}`;
}
