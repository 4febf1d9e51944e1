/** Walks a local folder: its files, and what of it is no file that could be used. */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isHiddenPicture, isLeftover, isLeftoverName, OtherFolders } from '../../learning/dataset/index.js';
import { printable, type LeftOut } from './leftOut.js';
import { factsOf, undefinedIfAbsent } from './pathFacts.js';

export interface LocalFile {
  /** Path below the folder, with forward slashes. */
  path: string;
  /** Where it lies on this machine. */
  file: string;
  bytes: number;
}

export interface FolderListing {
  files: LocalFile[];
  /** Empty folders and hidden ones. */
  others: OtherFolders;
  leftOut: LeftOut[];
  /** Of a list's folder: number of files beside those it names. They are not among `files`. */
  unnamed: number;
}

export interface WalkOptions {
  /**
   * Whether a path below the folder counts. Where it does not, it is no error that it cannot be seen.
   * @default every path counts
   */
  matters?: (path: string) => boolean;
  /**
   * Whether a path below the folder is of no interest: a folder is not entered, and a file is only counted.
   * @default none is
   */
  passesBy?: (path: string) => boolean;
}

interface Walk extends Required<WalkOptions> {
  found: FolderListing;
}

/** @throws GraftworkError GW_SOURCE_UNREADABLE */
export async function walkFolder(
  folder: string,
  { matters = () => true, passesBy = () => false }: WalkOptions = {},
): Promise<FolderListing> {
  const found: FolderListing = { files: [], others: new OtherFolders(), leftOut: [], unnamed: 0 };
  await walk(folder, '', new Set(), { found, matters, passesBy });
  found.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  found.leftOut.sort((a, b) => (a.path < b.path ? -1 : 1));
  return found;
}

/** @returns whether it holds anything that is not left out on purpose */
async function walk(folder: string, prefix: string, parents: ReadonlySet<string>, into: Walk): Promise<boolean> {
  const real = await realpath(folder).catch((thrown: unknown) => undefinedIfAbsent(thrown, folder));
  if (real === undefined || parents.has(real)) return true; // removed a moment ago; a link back up the tree
  const inside = new Set([...parents, real]);
  const entries = await readdir(folder, { encoding: 'buffer', withFileTypes: true }).catch((thrown: unknown) =>
    undefinedIfAbsent(thrown, folder),
  );
  let holdsAny = entries === undefined;
  for (const entry of entries ?? []) {
    const raw = entry.name;
    const name = raw.toString();
    if (!raw.equals(Buffer.from(name))) {
      // No key of an object, and no path in JSON, can name it.
      into.found.leftOut.push({ path: `${prefix}${printable(raw)}${entry.isDirectory() ? '/' : ''}`, why: 'name' });
      holdsAny = true;
      continue;
    }
    const file = join(folder, name);
    const path = `${prefix}${name}`;
    if (into.passesBy(path)) {
      if (!entry.isDirectory() && !isLeftover(path)) into.found.unnamed += 1;
      holdsAny = true;
      continue;
    }
    try {
      if (isLeftoverName(name)) await noteLeftover(file, path, into.found);
      else if (await visit(file, path, inside, into)) holdsAny = true;
    } catch (thrown) {
      if (into.matters(path)) throw thrown;
      holdsAny = true;
    }
  }
  return holdsAny;
}

/** Of what is left out on purpose: folders, and what somebody may have meant as a picture. */
async function noteLeftover(file: string, path: string, { others, leftOut }: FolderListing): Promise<void> {
  const facts = await factsOf(file).catch(() => undefined);
  if (facts?.isDirectory() === true) others.add(`${path}/`);
  if (facts?.isFile() !== true || !isHiddenPicture(path)) return;
  others.hiddenPictures.add(path);
  leftOut.push({ path, why: 'hidden' });
}

/** @returns whether it counts as content of its folder */
async function visit(file: string, path: string, parents: ReadonlySet<string>, into: Walk): Promise<boolean> {
  const { found } = into;
  const facts = await factsOf(file);
  if (facts?.isDirectory() === true) {
    const isUsed = await walk(file, `${path}/`, parents, into);
    if (!isUsed) found.others.add(`${path}/`);
  } else if (facts === undefined) found.leftOut.push({ path, why: 'link' });
  else if (isLeftover(path)) return false;
  else if (facts.isFile()) found.files.push({ path, file, bytes: facts.size });
  else found.leftOut.push({ path, why: 'special' });
  return true;
}
