/** Makes a prefix in a bucket hold what a local folder holds: what has changed goes up, and on demand what is gone goes away. */
import { basename, resolve } from 'node:path';
import pMap from 'p-map';
import { GraftworkError } from '../../contracts/errors.js';
import { isListFile } from '../../contracts/spec/sources/listFile.js';
import { isOwnKey } from '../../contracts/objectKeys.js';
import {
  isKeeper,
  isLeftover,
  MissingText,
  mostShown,
  NearPaths,
  type MissingPicture,
} from '../../learning/dataset/index.js';
import { Tombstones } from '../../storage/forgetting/tombstones.js';
import type { ListedObject } from '../../storage/s3/objectFacts.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri } from '../../storage/s3/s3Uri.js';
import type { LeftOut } from './leftOut.js';
import { listFolder } from './localFolder.js';
import { listNamed, type NamedListing } from './localList.js';
import { factsOf } from './pathFacts.js';
import { sendFile } from './sendFile.js';
import type { UploadProgress } from './uploadFolder.js';

const transfersAtOnce = 16;

export interface SyncOptions {
  /** Whether to delete objects that have no file. @default false */
  deletes?: boolean;
  onProgress?: (progress: UploadProgress) => void;
  signal?: AbortSignal;
}

export interface SyncedFolder {
  /** Address of the folder or of the list. */
  uri: string;
  files: number;
  sent: number;
  /** Number of files that are not sent because their content was forgotten. */
  forgotten: number;
  deleted: number;
  /** Files and folders that cannot be sent. */
  leftOut: LeftOut[];
  /** Number of other files in the folder of a list. They are not sent. */
  unnamed: number;
  /** Pictures that the list names and its folder lacks. */
  missing: MissingPicture[];
  /** Number of objects that were kept because a link of their name leads nowhere now. Otherwise they would be deleted. */
  kept: number;
}

/**
 * A file is sent when no object has its content, and it was not forgotten. Nothing is deleted before all of the folder was seen and sent, and nothing
 * that the folder may still have: what leftovers and hidden files are called is not looked at, and a link that leads
 * nowhere (its disk is not there) says nothing of its objects.
 *
 * @param store of any bucket: the address names its own
 * @param source folder, or list of images: of a list only itself and its pictures are sent, and nothing is deleted
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY (also for a list of which no picture is there), GW_MANIFEST_INVALID, GW_SOURCE_UNREADABLE, GW_SOURCE_CHANGED when somebody keeps
 * writing to a file, GW_USAGE for a whole bucket or a prefix of Graftwork's own, or a GW_S3_… code
 */
export async function syncFolder(
  store: ObjectStore,
  source: string,
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
    throw new GraftworkError('GW_USAGE', `${uri} is where Graftwork stores its own objects.`, {
      remedy: `Name a prefix of your own: s3://${bucket}/photos`,
    });
  }
  const isList = isListFile(source) && (await factsOf(source))?.isDirectory() === false;
  if (isList && deletes) throw listDeletesNothing(source);
  const { files, others, leftOut, unnamed, missing } = isList
    ? await listPictures(source)
    : { ...(await listFolder(source)), missing: [] };
  const at = store.at(bucket);
  await at.requireBucket();
  const there = new Map<string, ListedObject>();
  for await (const object of at.list(prefix, signal)) there.set(object.key.slice(prefix.length), object);
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress: UploadProgress = { files: 0, totalFiles: files.length, bytes: 0, totalBytes };
  const options = { concurrency: transfersAtOnce, ...(signal === undefined ? {} : { signal }) };
  const forgotten = await new Tombstones(store).digests();
  const outcomes = { sent: 0, known: 0, forgotten: 0 };
  await pMap(
    files,
    async (file) => {
      outcomes[await sendFile(at, prefix + file.path, file.file, { known: there.get(file.path), forgotten })] += 1;
      progress.files += 1;
      progress.bytes += file.bytes;
      onProgress?.({ ...progress });
    },
    options,
  );
  const keepers = others.keepers();
  await pMap(
    keepers.filter((path) => !there.has(path)),
    (path) => at.put(prefix + path, ''),
    options,
  );
  const gone = deletes ? goneFrom([...there.keys()], new Set([...files.map(({ path }) => path), ...keepers])) : [];
  const links = leftOut.flatMap(({ path, why }) => (why === 'link' ? [path] : []));
  const isBehindLink = isAtOrBelow(links);
  const deleted = gone.filter((path) => !isBehindLink(path));
  await pMap(deleted, (path) => at.delete(prefix + path), options);
  return {
    uri: at.uri(key.replace(/\/+$/, '')) + (isList ? `/${basename(resolve(source))}` : ''),
    files: files.length,
    sent: outcomes.sent,
    forgotten: outcomes.forgotten,
    deleted: deleted.length,
    leftOut,
    unnamed,
    missing: missing.filter(({ path }) => !isBehindLink(path)),
    kept: gone.length - deleted.length,
  };
}

/** @throws GraftworkError as {@link listNamed}; GW_DATASET_EMPTY when none of its pictures is there */
async function listPictures(source: string): Promise<NamedListing> {
  const listing = await listNamed(resolve(source));
  if (!listing.isAllMissing) return listing;
  const near = new NearPaths(listing.missing.slice(0, mostShown).map(({ path }) => path));
  for (const path of listing.near) near.offer(path);
  throw new MissingText(source, near).noneFound(listing.missing, []);
}

/** A list names some files of its folder: what it does not name may still be there. */
function listDeletesNothing(list: string): GraftworkError {
  return new GraftworkError('GW_USAGE', `${list} is a list, so nothing shows which objects have no file any more.`, {
    remedy: 'Leave out --delete, or copy the whole folder.',
  });
}

/** Of the objects' paths those that no file has any more. */
function goneFrom(there: readonly string[], here: ReadonlySet<string>): string[] {
  return there.filter((path) => !here.has(path) && (isKeeper(path) || !isLeftover(path)));
}

/** Whether a path is one of these or lies below it. */
function isAtOrBelow(roots: readonly string[]): (path: string) => boolean {
  const known = new Set(roots);
  return (path) => {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (known.has(path.slice(0, end))) return true;
    }
    return false;
  };
}
