/** Makes a prefix in a bucket hold what a local folder holds: what has changed goes up, and on demand what is gone goes away. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pMap from 'p-map';
import { GraftworkError } from '../contracts/errors.js';
import { isOwnKey } from '../contracts/objectKeys.js';
import type { ObjectStore } from '../storage/objectStore.js';
import { parseS3Uri } from '../storage/s3Uri.js';
import { listFolder } from './localFolder.js';
import type { UploadProgress } from './uploadFolder.js';

const transfersAtOnce = 16;

export interface SyncOptions {
  /** Whether objects without a file are deleted. @default false */
  deletes?: boolean;
  onProgress?: (progress: UploadProgress) => void;
  signal?: AbortSignal;
}

export interface SyncedFolder {
  uri: string;
  files: number;
  sent: number;
  deleted: number;
}

/**
 * A file is sent when there is no object of its size and MD5 (which is the etag of what was written in one piece).
 *
 * @param store of any bucket: the address names its own
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY, GW_USAGE for a whole bucket or a prefix of Graftwork's own, or a GW_S3_… code
 */
export async function syncFolder(
  store: ObjectStore,
  folder: string,
  uri: string,
  { deletes = false, onProgress, signal }: SyncOptions = {},
): Promise<SyncedFolder> {
  const { bucket, key } = parseS3Uri(uri);
  const prefix = key.replace(/\/*$/, '/');
  if (prefix === '/') {
    throw new GraftworkError('GW_USAGE', `${uri} is a whole bucket.`, {
      remedy: `Name a prefix: s3://${bucket}/photos`,
    });
  }
  if (bucket === store.bucket && (isOwnKey(prefix) || prefix.startsWith('uploads/'))) {
    throw new GraftworkError('GW_USAGE', `${uri} is where Graftwork keeps its own objects.`, {
      remedy: `Name a prefix of your own: s3://${bucket}/photos`,
    });
  }
  const at = store.at(bucket);
  await at.requireBucket();
  const files = await listFolder(folder);
  const there = new Map<string, { size: number; etag: string }>();
  for await (const object of at.list(prefix, signal)) there.set(object.key.slice(prefix.length), object);
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress: UploadProgress = { files: 0, totalFiles: files.length, bytes: 0, totalBytes };
  const options = { concurrency: transfersAtOnce, ...(signal === undefined ? {} : { signal }) };
  let sent = 0;
  await pMap(
    files,
    async ({ path, file, bytes }) => {
      const known = there.get(path);
      if (known?.size !== bytes || known.etag !== (await md5OfFile(file))) {
        await at.putFile(prefix + path, file);
        sent += 1;
      }
      progress.files += 1;
      progress.bytes += bytes;
      onProgress?.({ ...progress });
    },
    options,
  );
  const local = new Set(files.map(({ path }) => path));
  const gone = deletes ? [...there.keys()].filter((path) => !local.has(path)) : [];
  await pMap(gone, (path) => at.delete(prefix + path), options);
  return { uri: at.uri(key.replace(/\/+$/, '')), files: files.length, sent, deleted: gone.length };
}

async function md5OfFile(file: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
