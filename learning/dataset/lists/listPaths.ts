/** Paths of a list of images, as people and their tools write them. */
import { posix } from 'node:path';
import { quoted } from '../folders/className.js';
import { invalidList } from './invalidList.js';

/** Whether the list's folder has something of that relative path. */
export type IsThere = (path: string) => Promise<boolean>;

const remedy = 'Write paths relative to the folder of the list, or s3:// addresses.';

const otherwise = /[^\0-\x7f]|\\|(?:^|\/)\s|\s(?:\/|$)/u;

/** Absolute paths that are looked for before any was found: each costs a question for each of its folders. */
const mostUnfound = 20;

interface Absolute {
  path: string;
  where: string;
}

export class ListPaths {
  private readonly isThere: IsThere;
  /** What absolute paths have in front of those in the list's folder, by the system they are of; found by the first that is there. */
  private readonly roots = new Map<'unix' | 'windows', string>();
  /** Absolute paths that were read before the root was known, and are not there. */
  private readonly unfound: Absolute[] = [];

  constructor(isThere: IsThere) {
    this.isThere = isThere;
  }

  /**
   * Relative to the list's folder, or an s3:// address; nothing may lead out of the folder.
   * @param where the line, for messages
   * @throws GraftworkError GW_MANIFEST_INVALID
   */
  async read(path: string, where: string): Promise<string> {
    if (/^s3:\/\/[^/]+\/./.test(path)) return path;
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
      throw invalidList(where, `${quoted(path)} is not an s3:// address`, remedy);
    }
    const slashed = path.replaceAll('\\', '/');
    const absolute = /^(?:\/|[a-z]:\/)/i.test(slashed);
    const relative = absolute ? await this.belowRoot(slashed, where) : slashed;
    // A backslash may stand in the name of a file, so it is left where it is: what it means comes out of the listing.
    if (!relative.split('/').some((part) => part === '.' || part === '..')) return absolute ? relative : path;
    const normal = posix.normalize(relative);
    if (normal !== '..' && !normal.startsWith('../')) return normal;
    throw invalidList(where, `${quoted(path)} points outside the manifest’s folder`, remedy);
  }

  /**
   * To be called when all paths were read. An absolute path may be missing as others may, but only below a root that is known.
   * @throws GraftworkError GW_MANIFEST_INVALID
   */
  requireFound(): void {
    const foreign = this.unfound.find(({ path }) => !path.startsWith(this.roots.get(systemOf(path)) ?? '\0'));
    if (foreign !== undefined) throw notInFolder(foreign);
  }

  private async belowRoot(path: string, where: string): Promise<string> {
    const system = systemOf(path);
    const known = this.roots.get(system);
    const root = known ?? (await rootOf(path, this.isThere));
    if (root !== undefined && path.startsWith(root)) {
      this.roots.set(system, root);
      return path.slice(root.length);
    }
    if (known !== undefined) throw notInFolder({ path, where });
    this.unfound.push({ path, where });
    if (this.unfound.length > mostUnfound) this.requireFound();
    return path;
  }
}

function systemOf(path: string): 'unix' | 'windows' {
  return path.startsWith('/') ? 'unix' : 'windows';
}

function notInFolder({ path, where }: Absolute): Error {
  return invalidList(where, `the manifest’s folder has no file ${quoted(path)}`, remedy);
}

/** Whether others may write the path otherwise: accents, backslashes, spaces at the edges of a name. */
export function canBeWrittenOtherwise(path: string): boolean {
  return otherwise.test(path);
}

/** The folders at the beginning that everybody writes alike, with a slash at the end; may be empty. */
export function sureFolders(path: string): string {
  const end = path.search(otherwise);
  return path.slice(0, path.slice(0, end < 0 ? path.length : end).lastIndexOf('/') + 1);
}

/**
 * Which part of an absolute path is the list's folder: the rest names something in it. The folder may lie elsewhere than where
 * the list was written.
 * @returns with a slash at the end; undefined when the folder has no rest of the path
 */
async function rootOf(path: string, isThere: IsThere): Promise<string | undefined> {
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const rest = path.slice(slash + 1);
    const forms = new Set([rest, rest.normalize('NFC'), rest.normalize('NFD')]);
    for (const form of forms) if (form !== '' && (await isThere(form))) return path.slice(0, slash + 1);
  }
  return undefined;
}
