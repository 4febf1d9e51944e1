/** A local list of images: looked at before anything goes up, and brought with the pictures that it names, and nothing else. */
import { basename, dirname, join } from 'node:path';
import { looselyWritten } from '../../contracts/data/looselyWritten.js';
import type { Task } from '../../contracts/spec/task.js';
import { isPaper, mostShown, NearPaths, OtherFolders, readManifest } from '../../learning/dataset/index.js';
import type { MissingPicture } from '../../learning/dataset/index.js';
import { readPieces, requireRegularFile } from '../../storage/objects/localFile.js';
import { factsIfPath } from './pathFacts.js';
import { walkFolder, type FolderListing, type LocalFile } from './walkFolder.js';

/** A list, without a look at its pictures. */
export interface ReadList {
  /** The paths it names, below its folder or `s3://` addresses, each with its line. */
  pictures: MissingPicture[];
  task: Task;
}

/**
 * By the rules of the ingest. Whether its pictures are there comes out later: one that is missing is put aside.
 * @param task as the spec says; `any`: nothing is checked of labels
 * @throws GraftworkError GW_MANIFEST_INVALID naming the line, GW_DATASET_INVALID for an unsafe class name, GW_SOURCE_UNREADABLE
 */
export async function requireList(file: string, task?: Task | 'any'): Promise<ReadList> {
  const { candidates, paths, lines } = await readManifest(
    readPieces(file),
    file,
    async (path) => (await factsIfPath(join(dirname(file), path))) !== undefined,
    task,
  );
  return {
    pictures: [...paths].map((path, row) => ({ path, line: lines.at(row) ?? 0 })),
    task: candidates.isMultiLabel === true ? 'multi-label' : 'single-label',
  };
}

export interface NamedListing extends FolderListing {
  /** Files that the list does not name and may mean: those nearest to the first of its pictures that are not there. */
  near: string[];
  /** Pictures that the list names, and that its folder lacks. */
  missing: MissingPicture[];
  /** Whether nothing else is named: no picture that is there, and none in a bucket. */
  isAllMissing: boolean;
}

/**
 * The list itself and the pictures it names, as files of its folder. A picture is also found where its name only looks like the
 * path, as the ingest finds it. What lies beside them is counted, and need not be readable. Only for a picture that is missing is all of
 * the folder walked, because names like its own may be anywhere.
 *
 * @throws GraftworkError as {@link requireList}; GW_SOURCE_UNREADABLE when a picture that is named cannot be seen
 */
export async function listNamed(file: string): Promise<NamedListing> {
  const { pictures: lines } = await requireList(file, 'any');
  const named = new NamedPaths(lines.map(({ path }) => path));
  const list = { path: basename(file), file, bytes: await requireRegularFile(file) };
  const matters = (path: string): boolean => named.mayLeadTo(path);
  const { files, leftOut, unnamed } = await walkFolder(dirname(file), {
    matters,
    passesBy: (path) => path !== list.path && !matters(path),
  });
  const others = files.filter(({ path }) => path !== list.path);
  const pictures = named.among(others);
  const isSent = new Set(pictures.map(({ path }) => path));
  const absent = new Set(named.missing(others));
  const missing = lines.filter(({ path }) => absent.has(path));
  return {
    files: [list, ...pictures].sort((a, b) => (a.path < b.path ? -1 : 1)),
    others: new OtherFolders(),
    leftOut: leftOut.filter(({ path }) => matters(path)),
    unnamed: unnamed + others.length - pictures.length,
    near: missing.length === 0 ? [] : nearest(missing, await walkFolder(dirname(file), { matters }), isSent),
    missing,
    isAllMissing: missing.length === lines.length,
  };
}

/** @param isSent paths of the pictures that are there */
function nearest(
  missing: readonly MissingPicture[],
  { files }: Pick<FolderListing, 'files'>,
  isSent: ReadonlySet<string>,
): string[] {
  const sought = missing.slice(0, mostShown).map(({ path }) => path);
  const near = new NearPaths(sought);
  for (const { path } of files) if (!isSent.has(path) && !isPaper(path)) near.offer(path);
  return [...new Set(sought.flatMap((path) => near.nearest(path) ?? []))];
}

/** The local paths of a list, as they are written and as they may be meant. */
class NamedPaths {
  private readonly exact = new Set<string>();
  /** Loosely written, with the folders above them. */
  private readonly ways = new Set<string>();

  constructor(paths: Iterable<string>) {
    for (const path of paths) {
      if (path.startsWith('s3://')) continue;
      this.exact.add(path);
      const loose = looselyWritten(path);
      for (let end = loose.length; end > 0; end = loose.lastIndexOf('/', end - 1)) this.ways.add(loose.slice(0, end));
    }
  }

  /** Whether it is a picture of the list or a folder above one, as far as its name says. */
  mayLeadTo(path: string): boolean {
    return this.ways.has(looselyWritten(path));
  }

  /** Those that have a name of the list, and those that look like a name which no file has. */
  among(files: readonly LocalFile[]): LocalFile[] {
    const there = new Set(files.map(({ path }) => path));
    const sought = new Set([...this.exact].filter((path) => !there.has(path)).map(looselyWritten));
    return files.filter(({ path }) => this.exact.has(path) || sought.has(looselyWritten(path)));
  }

  /** Those that no file has, nor a file whose name looks like theirs, as the list has them. */
  missing(files: readonly LocalFile[]): string[] {
    const there = new Set(files.map(({ path }) => looselyWritten(path)));
    return [...this.exact].filter((path) => !there.has(looselyWritten(path)));
  }
}
