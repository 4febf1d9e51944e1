/** Walks a local folder: its files, and what of it is no file that could be used. */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isLeftover, isLeftoverName, OtherFolders } from '../../learning/dataset/index.js';
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
}

/** @throws GraftworkError GW_SOURCE_UNREADABLE */
export async function walkFolder(folder: string): Promise<FolderListing> {
  const found: FolderListing = { files: [], others: new OtherFolders(), leftOut: [] };
  await walk(folder, '', new Set(), found);
  found.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  found.leftOut.sort((a, b) => (a.path < b.path ? -1 : 1));
  return found;
}

/** @returns whether it holds anything that is not left out on purpose */
async function walk(
  folder: string,
  prefix: string,
  parents: ReadonlySet<string>,
  found: FolderListing,
): Promise<boolean> {
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
    const path = `${prefix}${name}`;
    if (!raw.equals(Buffer.from(name))) {
      // No key of an object, and no path in JSON, can name it.
      found.leftOut.push({ path: `${prefix}${printable(raw)}${entry.isDirectory() ? '/' : ''}`, why: 'name' });
      holdsAny = true;
      continue;
    }
    const file = join(folder, name);
    if (isLeftoverName(name)) {
      const isFolder = await factsOf(file).then(
        (facts) => facts?.isDirectory() === true,
        () => false,
      );
      if (isFolder) found.others.add(`${path}/`);
      continue;
    }
    const facts = await factsOf(file);
    if (facts?.isDirectory() === true) {
      const isUsed = await walk(file, `${path}/`, inside, found);
      if (!isUsed) found.others.add(`${path}/`);
    } else if (facts === undefined) found.leftOut.push({ path, why: 'link' });
    else if (isLeftover(path)) continue;
    else if (facts.isFile()) found.files.push({ path, file, bytes: facts.size });
    holdsAny = true;
  }
  return holdsAny;
}
