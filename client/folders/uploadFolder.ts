/** Brings a local folder into the bucket, under a prefix named by its content, so that the same folder goes up once. */
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { UploadUse } from '../../contracts/data/upload.js';
import { Tombstones } from '../../storage/forgetting/tombstones.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import type { ListedObject } from '../../storage/s3/objectFacts.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { hasContent } from './fileDigests.js';
import type { LeftOut } from './leftOut.js';
import { digestFolder, type FolderListing } from './localFolder.js';

/** Uploads under way at once. */
const uploadsAtOnce = 16;

/** Files at once whose objects are compared to them. */
const comparisonsAtOnce = 8;

export interface UploadProgress {
  /** Number of files in the bucket so far. */
  files: number;
  totalFiles: number;
  /** Size of those files, in bytes. */
  bytes: number;
  totalBytes: number;
}

export interface UploadOptions {
  onProgress?: (progress: UploadProgress) => void;
  signal?: AbortSignal;
  /** What of the folder goes up; may refuse it, before any file is read. @default all files that can be used */
  list?: () => Promise<FolderListing>;
  /** What the person called it; shown instead of an address made of a digest. @default the folder's path */
  from?: string;
}

export interface UploadedFolder {
  /** Address of the upload: `s3://bucket/uploads/<digest>` */
  uri: string;
  files: number;
  bytes: number;
  /** Number of files that had to be sent. 0 when all of them were there. */
  sent: number;
  /** Number of files that were not sent because their content was forgotten. */
  forgotten: number;
  /** Files and folders that cannot be used and were not sent. */
  leftOut: LeftOut[];
  /** Number of other files in the folder of a list. They were not sent. */
  unnamed: number;
}

/**
 * Uploads what is missing of a folder. An interrupted upload goes on where it was. Nothing but the digested content goes
 * up, and an object with any other content is written anew: later runs train on what the prefix says.
 *
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY, GW_SOURCE_UNREADABLE, GW_SOURCE_CHANGED when a file
 * changed meanwhile, or a GW_S3_… code.
 */
export async function uploadFolder(
  store: ObjectStore,
  folder: string,
  { onProgress, signal, list, from = folder }: UploadOptions = {},
): Promise<UploadedFolder> {
  await store.requireBucket();
  const forgottenDigests = await new Tombstones(store).digests();
  const { digest, files, forgotten, leftOut, unnamed, keepers } = await digestFolder(folder, {
    ...(signal === undefined ? {} : { signal }),
    forgotten: forgottenDigests,
    ...(list === undefined ? {} : { list }),
  });
  const root = objectKeys.upload(digest);
  const use: UploadUse = { format: 1, files: files.length, from };
  if (forgotten.length > 0) use.forgotten = forgotten.map((path) => sha256(path));
  await store.putJson(objectKeys.uploadUse(digest), use);

  const there = new Map<string, ListedObject>();
  for await (const object of store.list(`${root}/`, signal)) there.set(object.key, object);
  const isThere = await pMap(
    files,
    async (file) => {
      const known = there.get(`${root}/${file.path}`);
      return known !== undefined && (await hasContent(store, known, file));
    },
    { concurrency: comparisonsAtOnce, ...(signal === undefined ? {} : { signal }) },
  );
  const missing = files.filter((_, index) => isThere[index] !== true);

  const unkept = keepers.map((path) => `${root}/${path}`).filter((key) => !there.has(key));
  await pMap(unkept, (key) => store.put(key, ''), { concurrency: uploadsAtOnce });

  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress: UploadProgress = {
    files: files.length - missing.length,
    totalFiles: files.length,
    bytes: totalBytes - missing.reduce((sum, { bytes }) => sum + bytes, 0),
    totalBytes,
  };
  if (missing.length > 0) onProgress?.({ ...progress });
  await pMap(
    missing,
    async ({ path, file, bytes, sha256 }) => {
      await store.putFile(`${root}/${path}`, file, { sha256 });
      progress.files++;
      progress.bytes += bytes;
      onProgress?.({ ...progress });
    },
    { concurrency: uploadsAtOnce, ...(signal === undefined ? {} : { signal }) },
  );
  return {
    uri: store.uri(root),
    files: files.length,
    bytes: totalBytes,
    sent: missing.length,
    forgotten: forgotten.length,
    leftOut,
    unnamed,
  };
}
