/** Pictures of a list that are not there: which, on which lines, and what may be meant instead. */
import { posix } from 'node:path';
import type { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { RunSource } from '../../contracts/run/runSource.js';
import { uploadUseSchema } from '../../contracts/data/upload.js';
import { isLeftover } from '../../learning/dataset/folders/leftovers.js';
import { isPaper } from '../../learning/dataset/folders/pictureFolders.js';
import { MissingText, type MissingPicture } from '../../learning/dataset/lists/missingText.js';
import { mostShown, NearPaths } from '../../learning/dataset/lists/nearPaths.js';
import { sourceNames } from '../../storage/datasets/sourceNames.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { s3Uri, type S3Location } from '../../storage/s3/s3Uri.js';
import { undefinedIfCorrupt } from '../../storage/objects/undefinedIfCorrupt.js';
import type { FoundSource } from './datasetSource.js';

export interface Missing {
  unusable: FoundSource['unusable'];
  /** Sentences for a person. */
  notes: string[];
  /** What to say where the list has no other picture. */
  noneFound: GraftworkError;
}

/**
 * Costs a listing of the list's folder when some are missing.
 * @param isListed whether the list names the path: such a path is not meant by another
 * @param given what a person gave, where the list was uploaded: of its folder only what it names is there
 */
export async function describeMissing(
  store: ObjectStore,
  list: S3Location,
  missing: readonly MissingPicture[],
  isListed: (path: string) => boolean,
  signal: AbortSignal,
  given?: RunSource,
): Promise<Missing> {
  const file = posix.basename(list.key);
  const folderKey = list.key.slice(0, list.key.length - file.length);
  const wasForgotten = await forgottenAt(store, { bucket: list.bucket, key: folderKey });
  const [forgotten, lost] = [missing.filter(wasForgotten), missing.filter((one) => !wasForgotten(one))];
  const shown = lost.slice(0, mostShown);
  const near = await nearPaths(store, { bucket: list.bucket, key: folderKey }, shown, isListed, signal);
  for (const path of given?.near ?? []) near.offer(path);
  const listUri = s3Uri(list.bucket, list.key);
  const name = given?.from ?? (await sourceNames(store, [{ uri: listUri }]))(listUri);
  const text = new MissingText(name, near);
  return {
    unusable: missing.map((one) =>
      wasForgotten(one)
        ? { path: one.path, bytes: 0, reason: 'forgotten', detail: 'a person asked that it be forgotten' }
        : {
            path: one.path,
            bytes: 0,
            reason: 'unreadable',
            detail: `line ${one.line} of ${file}: there is no such picture`,
            ...nearTo(one.path, near),
          },
    ),
    notes: [...text.lost(lost), ...text.forgotten(forgotten)],
    noneFound: text.noneFound(lost, forgotten),
  };
}

function nearTo(path: string, paths: NearPaths): { near?: string } {
  const near = paths.nearest(path);
  return near === undefined ? {} : { near };
}

/** Whether a picture was left out of the upload of this folder since it was forgotten. Only the digests of such paths are kept. */
async function forgottenAt(store: ObjectStore, { bucket, key }: S3Location): Promise<(one: MissingPicture) => boolean> {
  const digest = /^uploads\/([0-9a-f]{64})\/$/.exec(key)?.[1];
  if (bucket !== store.bucket || digest === undefined) return () => false;
  const use = await store.getJsonIfPresent(objectKeys.uploadUse(digest), uploadUseSchema).catch(undefinedIfCorrupt);
  const paths = new Set(use?.forgotten);
  return ({ path }) => paths.has(sha256(path));
}

async function nearPaths(
  store: ObjectStore,
  { bucket, key }: S3Location,
  sought: readonly MissingPicture[],
  isListed: (path: string) => boolean,
  signal: AbortSignal,
): Promise<NearPaths> {
  const near = new NearPaths(sought.map(({ path }) => path).filter((path) => !path.startsWith('s3://')));
  if (sought.length === 0) return near;
  for await (const object of store.at(bucket).list(key, signal)) {
    const path = object.key.slice(key.length);
    if (!isLeftover(path) && !isPaper(path) && !isListed(path)) near.offer(path);
  }
  return near;
}
