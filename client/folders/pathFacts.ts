/** What is at a path that a person named, where “nothing” and “not to be seen” are two answers. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { unreadable } from '../../storage/objects/localFile.js';

/** Nothing is there, or a symbolic link that leads nowhere. */
const absent = new Set(['ENOENT', 'ELOOP']);

/** No file can have this name: `photo.jpg/1`, or one of hundreds of characters. */
const noPath = new Set(['ENOTDIR', 'ENAMETOOLONG']);

/**
 * Facts of the file or folder at a path, links followed; undefined when there is none.
 *
 * @throws GraftworkError GW_SOURCE_UNREADABLE when it cannot be said, for want of a permission or with a share that is away
 */
export async function factsOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch((thrown: unknown) => undefinedIfAbsent(thrown, path));
}

/**
 * As {@link factsOf}, for a text that may name something else as well: an object's key, an address.
 *
 * @throws GraftworkError GW_SOURCE_UNREADABLE
 */
export async function factsIfPath(text: string): Promise<Stats | undefined> {
  return stat(text).catch((thrown: unknown) => (hasCode(thrown, noPath) ? undefined : undefinedIfAbsent(thrown, text)));
}

/** For `catch`. @throws GraftworkError as {@link factsOf} */
export function undefinedIfAbsent(thrown: unknown, path: string): undefined {
  if (hasCode(thrown, absent)) return undefined;
  throw unreadable(thrown, path);
}

function hasCode(thrown: unknown, codes: ReadonlySet<string>): boolean {
  return thrown instanceof Error && 'code' in thrown && codes.has(String(thrown.code));
}
