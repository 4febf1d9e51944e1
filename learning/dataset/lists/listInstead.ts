/** A folder that has no classes, but a list that says what its pictures show: the person may have meant the list. */
import { GraftworkError, type ErrorCode } from '../../../contracts/errors.js';
import { isListFile } from '../../../contracts/spec/sources/listFile.js';
import { looselyWritten } from '../../../contracts/data/looselyWritten.js';
import { quoted, quotedList } from '../folders/className.js';
import { isPaper } from '../folders/pictureFolders.js';
import { readManifest } from './manifestFile.js';
import { mostShown, NearPaths } from './nearPaths.js';

/** As much of a list as is looked at. */
export const listHeadBytes = 2 ** 16;

/** Lists that are looked into. */
const mostLists = 8;

/** Failures of a folder in which classes are missing. */
const withoutClasses: ReadonlySet<ErrorCode> = new Set(['GW_DATASET_EMPTY', 'GW_DATASET_INVALID']);

/**
 * @param failure why the folder cannot be used
 * @param paths of the folder's files
 * @param readHead the first {@link listHeadBytes} bytes of a file
 * @param commandWith the command that uses a list
 * @returns the failure; where the folder has a list of labelled pictures, one that names it and the command
 */
export async function orListInstead(
  failure: unknown,
  paths: Iterable<string>,
  readHead: (path: string) => Promise<Uint8Array>,
  commandWith: (path: string) => string,
): Promise<unknown> {
  if (!(failure instanceof GraftworkError) || !withoutClasses.has(failure.code)) return failure;
  const lists: string[] = [];
  let firstNames: readonly string[] = [];
  for (const path of candidates(paths)) {
    const names = await namesOf(await readHead(path), path);
    if (names === undefined) continue;
    if (lists.length === 0) firstNames = names;
    lists.push(path);
  }
  const [first] = lists;
  if (first === undefined) return failure;
  const [verb, list] = lists.length === 1 ? ['lists', 'the list'] : ['list', 'one list'];
  const example = otherFolderOf(first, firstNames, paths);
  const correct =
    example === undefined ? '' : `In ${quoted(first)}, write paths as they are, like ${quoted(example)}. `;
  return new GraftworkError(failure.code, `${failure.message} ${quotedList(lists)} ${verb} pictures with labels.`, {
    remedy: `${correct}Give ${list} instead of the folder: ${commandWith(first)}`,
    cause: failure,
  });
}

/** Lists beside the pictures or one folder below, those first whose names speak of labels. */
function candidates(paths: Iterable<string>): string[] {
  const found: string[] = [];
  for (const path of paths) if (isListFile(path) && path.split('/').length <= 2) found.push(path);
  const rank = (path: string): number => 2 * (path.split('/').length - 1) + (/label|train|annot/i.test(path) ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b)).slice(0, mostLists);
}

/** Lines that show whether a file is a list: what is wrong with a later one is said of the list itself. */
const firstLines = /^(?:[^\n]*\n){5}/;

/** The pictures of a list, as far as its paths are relative; undefined for a text that is no list. */
async function namesOf(head: Uint8Array, name: string): Promise<readonly string[] | undefined> {
  const start = firstLines.exec(Buffer.from(head).toString('latin1'))?.[0].length ?? head.length;
  return (await parsed(head.subarray(0, start), name)) ?? (await parsed(head, name));
}

async function parsed(text: Uint8Array, name: string): Promise<readonly string[] | undefined> {
  let hasAbsolute = false;
  try {
    const { paths } = await readManifest([text], name, () => {
      hasAbsolute = true;
      return Promise.resolve(true);
    });
    return hasAbsolute ? [] : [...paths].filter((path) => !path.startsWith('s3://'));
  } catch (thrown) {
    if (thrown instanceof GraftworkError) return undefined;
    throw thrown;
  }
}

/**
 * Where none of the first names of a list is there, the list may leave out the folder of its pictures.
 * @returns the path of such a picture, as the list should have it; undefined where one is there, or none is near
 */
function otherFolderOf(list: string, names: readonly string[], paths: Iterable<string>): string | undefined {
  if (names.length === 0) return undefined;
  const folder = list.slice(0, list.lastIndexOf('/') + 1);
  const named = new Set(names.map(looselyWritten));
  const sought = names.slice(0, mostShown);
  const near = new NearPaths(sought);
  for (const path of paths) {
    if (!path.startsWith(folder) || isPaper(path)) continue;
    const relative = path.slice(folder.length);
    if (named.has(looselyWritten(relative))) return undefined;
    near.offer(relative);
  }
  return sought.map((name) => near.nearest(name)).find((path) => path !== undefined);
}
