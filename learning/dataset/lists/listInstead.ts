/** A folder that has no classes, but a list that says what its pictures show: the person may have meant the list. */
import { GraftworkError, type ErrorCode } from '../../../contracts/errors.js';
import { isListFile } from '../../../contracts/spec/listFile.js';
import { quotedList } from '../folders/className.js';
import { readManifest } from './manifestFile.js';

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
  for (const path of candidates(paths)) {
    if (await isLabelledList(await readHead(path), path)) lists.push(path);
  }
  const [first] = lists;
  if (first === undefined) return failure;
  const [verb, list] = lists.length === 1 ? ['lists', 'the list'] : ['list', 'one list'];
  return new GraftworkError(failure.code, `${failure.message} ${quotedList(lists)} ${verb} pictures with labels.`, {
    remedy: `Give ${list} instead of the folder: ${commandWith(first)}`,
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

async function isLabelledList(head: Uint8Array, name: string): Promise<boolean> {
  const start = firstLines.exec(Buffer.from(head).toString('latin1'))?.[0].length ?? head.length;
  return (await parses(head.subarray(0, start), name)) || (await parses(head, name));
}

async function parses(text: Uint8Array, name: string): Promise<boolean> {
  try {
    await readManifest([text], name, () => Promise.resolve(true));
    return true;
  } catch (thrown) {
    if (thrown instanceof GraftworkError) return false;
    throw thrown;
  }
}
