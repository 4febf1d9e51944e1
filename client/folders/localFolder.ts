/** What a local folder holds, named by its content: the same pictures have the same digest wherever the folder lies. */
import pMap from 'p-map';
import { GraftworkError } from '../../contracts/errors.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { absentSource } from './absentSource.js';
import { digestsOfFile, type FileDigests } from './fileDigests.js';
import { leftOutText, type LeftOut } from './leftOut.js';
import { factsOf } from './pathFacts.js';
import { walkFolder, type FolderListing, type LocalFile } from './walkFolder.js';

export type { FolderListing, LocalFile };

/** Files read at once: enough to keep a disk busy, few enough for any limit on open files. */
const filesAtOnce = 8;

export type DigestedFile = LocalFile & FileDigests;

export interface DigestedFolder {
  /** Digest of every file's relative path, size and sha256, and of the names of folders without files. */
  digest: string;
  files: DigestedFile[];
  /** Paths of files that were left out because their content was forgotten. */
  forgotten: string[];
  leftOut: LeftOut[];
  /** See {@link FolderListing}. */
  unnamed: number;
  /** Names of empty objects that stand for the folders without files. */
  keepers: string[];
}

/**
 * A folder's files, symbolic links followed, sorted by path. Hidden ones and what systems and tools leave behind are left out
 * ({@link isLeftover}), as they are where the same folders lie in a bucket.
 *
 * @throws GraftworkError GW_SOURCE_NOT_FOUND when it is a file or not there, GW_DATASET_EMPTY when it has no files,
 * GW_SOURCE_UNREADABLE when some of it cannot be seen: what is missing in the list is missing in the folder.
 */
export async function listFolder(folder: string): Promise<FolderListing> {
  const facts = await factsOf(folder);
  if (facts === undefined) {
    throw await absentSource(folder, 'folder', 'Give the path of a folder that exists.');
  }
  if (!facts.isDirectory()) {
    throw new GraftworkError(
      'GW_SOURCE_NOT_FOUND',
      `${folder} is ${facts.isFile() ? 'a file, not a folder' : 'neither a folder nor a regular file'}.`,
      {
        remedy: 'Give the folder, a list of images (.csv, .tsv, .txt, .jsonl), or s3://bucket/prefix.',
      },
    );
  }
  const listing = await walkFolder(folder);
  if (listing.files.length === 0) {
    throw new GraftworkError(
      'GW_DATASET_EMPTY',
      `${folder} has no files${listing.leftOut.length === 0 ? '' : ` that can be used: ${leftOutText(listing.leftOut)}`}.`,
      { remedy: 'Put the pictures into one folder per class: train/ants/1.jpg, train/bees/2.jpg …' },
    );
  }
  return listing;
}

export interface DigestOptions {
  /** Stops between files. */
  signal?: AbortSignal;
  /** Digests of contents that are left out, as if they were not there. */
  forgotten?: ReadonlySet<string>;
  /** What of the folder counts; may refuse it, before any file is read. @default all that {@link listFolder} finds */
  list?: () => Promise<FolderListing>;
}

/**
 * Reads every file once.
 *
 * @throws GraftworkError as {@link listFolder}; GW_DATASET_EMPTY when all of it was forgotten
 */
export async function digestFolder(
  folder: string,
  { signal, forgotten = new Set(), list = () => listFolder(folder) }: DigestOptions = {},
): Promise<DigestedFolder> {
  const { files: all, leftOut, others, unnamed } = await list();
  const digests = await pMap(all, async ({ file }) => digestsOfFile(file), {
    concurrency: filesAtOnce,
    ...(signal === undefined ? {} : { signal }),
  });
  const digested = all.map((file, index) => ({ ...file, ...(digests[index] as FileDigests) }));
  const known = digested.filter(({ sha256 }) => !forgotten.has(sha256));
  if (known.length === 0) {
    throw new GraftworkError('GW_DATASET_EMPTY', `Every file of ${folder} was forgotten.`, {
      remedy: '`graftwork datasets forgotten` lists what was forgotten, when and why.',
    });
  }
  const keepers = others.keepers();
  return {
    digest: contentKey('upload/1', [
      ...known.map(({ path, bytes, sha256 }) => [path, bytes, sha256]),
      ...keepers.map((path) => [path, 0]),
    ]),
    files: known,
    forgotten: digested.filter(({ sha256 }) => forgotten.has(sha256)).map(({ path }) => path),
    leftOut,
    unnamed,
    keepers,
  };
}
