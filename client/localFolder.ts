/** What a local folder holds, named by its content: the same pictures have the same digest wherever the folder lies. */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import { GraftworkError } from '../contracts/errors.js';
import { contentKey } from '../storage/contentKey.js';
import { digestsOfFile, type FileDigests } from './fileDigests.js';
import { factsOf, undefinedIfAbsent } from './pathFacts.js';

/** Files read at once: enough to keep a disk busy, few enough for any limit on open files. */
const filesAtOnce = 8;

export interface LocalFile {
  /** Path below the folder, with forward slashes. */
  path: string;
  /** Where it lies on this machine. */
  file: string;
  bytes: number;
}

export type DigestedFile = LocalFile & FileDigests;

export interface DigestedFolder {
  /** Digest of every file's relative path, size and sha256. */
  digest: string;
  files: DigestedFile[];
  /** Files that were left out because their content was forgotten. */
  forgotten: number;
}

/**
 * All files of a folder, hidden ones left out, symbolic links followed, sorted by path.
 *
 * @throws GraftworkError GW_SOURCE_NOT_FOUND when it is a file or not there, GW_DATASET_EMPTY when it has no files,
 * GW_SOURCE_UNREADABLE when some of it cannot be seen: what is missing in the list is missing in the folder.
 */
export async function listFolder(folder: string): Promise<LocalFile[]> {
  const facts = await factsOf(folder);
  if (facts === undefined) {
    throw new GraftworkError('GW_SOURCE_NOT_FOUND', `There is no folder ${folder}.`, {
      remedy: 'Give the path of a folder that exists.',
    });
  }
  if (!facts.isDirectory()) {
    throw new GraftworkError('GW_SOURCE_NOT_FOUND', `${folder} is a file, not a folder.`, {
      remedy: 'Give the folder, a list of images (.csv, .tsv, .txt, .jsonl), or s3://bucket/prefix.',
    });
  }
  const files = await filesOf(folder);
  if (files.length === 0) {
    throw new GraftworkError('GW_DATASET_EMPTY', `${folder} has no files.`, {
      remedy: 'Put the pictures into one folder per class: train/ants/1.jpg, train/bees/2.jpg …',
    });
  }
  return files;
}

/** All files of a folder, as {@link listFolder} gives them; none is no error. */
export async function filesOf(folder: string): Promise<LocalFile[]> {
  return (await walk(folder, '', new Set())).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walk(folder: string, prefix: string, parents: ReadonlySet<string>): Promise<LocalFile[]> {
  const real = await realpath(folder).catch((thrown: unknown) => undefinedIfAbsent(thrown, folder));
  if (real === undefined || parents.has(real)) return []; // removed a moment ago; a link back up the tree
  const inside = new Set([...parents, real]);
  const found: LocalFile[] = [];
  const names = await readdir(folder).catch((thrown: unknown) => undefinedIfAbsent(thrown, folder));
  for (const name of names ?? []) {
    if (name.startsWith('.')) continue;
    const file = join(folder, name);
    const facts = await factsOf(file); // undefined: a dangling link
    if (facts?.isDirectory() === true) {
      for (const one of await walk(file, `${prefix}${name}/`, inside)) found.push(one);
    } else if (facts?.isFile() === true) found.push({ path: `${prefix}${name}`, file, bytes: facts.size });
  }
  return found;
}

/**
 * Reads every file once. `signal` stops between files.
 *
 * @param forgotten digests of contents that are left out, as if they were not there
 * @throws GraftworkError as {@link listFolder}; GW_DATASET_EMPTY when all of it was forgotten
 */
export async function digestFolder(
  folder: string,
  signal?: AbortSignal,
  forgotten: ReadonlySet<string> = new Set(),
): Promise<DigestedFolder> {
  const all = await listFolder(folder);
  const digests = await pMap(all, async ({ file }) => digestsOfFile(file), {
    concurrency: filesAtOnce,
    ...(signal === undefined ? {} : { signal }),
  });
  const known = all
    .map((file, index) => ({ ...file, ...(digests[index] as FileDigests) }))
    .filter(({ sha256 }) => !forgotten.has(sha256));
  if (known.length === 0) {
    throw new GraftworkError('GW_DATASET_EMPTY', `Every file of ${folder} was forgotten.`, {
      remedy: '`graftwork datasets forgotten` lists what was, when and why.',
    });
  }
  return {
    digest: contentKey(
      'upload/1',
      known.map(({ path, bytes, sha256 }) => [path, bytes, sha256]),
    ),
    files: known,
    forgotten: all.length - known.length,
  };
}
