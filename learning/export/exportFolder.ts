/** A folder that is there whole or not at all: written beside its place, checked, then renamed. */
import { createHash, randomUUID } from 'node:crypto';
import { access, constants, mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import type { ExportFile } from './format.js';

export interface WrittenFile {
  name: string;
  bytes: number;
  sha256: string;
}

const digestsFile = 'SHA256SUMS';

const unfinished = '.unfinished-';
/** Age at which an unfinished folder belongs to a process that died, in milliseconds. */
const abandonedAfter = 3_600_000;

/**
 * @throws GW_EXPORT_REFUSED when the place is a file, the folder that this process stands in, one where nothing may be written, or
 * one with something in it and `force` is not set
 */
export async function requireFreePlace(folder: string, force: boolean): Promise<void> {
  const place = await realPlace(folder);
  // A process whose current folder is replaced would be left in a folder that no longer exists.
  if (`${process.cwd()}${sep}`.startsWith(place.endsWith(sep) ? place : `${place}${sep}`)) {
    throw new GraftworkError('GW_EXPORT_REFUSED', `${place} is the current folder or a folder above it.`, {
      remedy: 'Name a folder inside it with --out: an export replaces the whole folder.',
    });
  }
  await requireWritable(dirname(place), place);
  const found = await stat(place).catch((thrown: unknown) => absent(thrown, place));
  if (found === undefined) return;
  if (!found.isDirectory()) {
    throw new GraftworkError('GW_EXPORT_REFUSED', `${place} is a file.`, { remedy: 'Name a folder with --out.' });
  }
  const entries = await readdir(place).catch((thrown: unknown) => refuse(thrown, place));
  if (entries.length > 0 && !force) {
    throw new GraftworkError('GW_EXPORT_REFUSED', `${place} is not empty: it contains ${entries[0]}.`, {
      remedy:
        'Name another folder, or add --force: an earlier export is then replaced, and anything else is moved aside.',
    });
  }
}

/** The export is made beside its place; folders above that are not there yet are made, too. */
async function requireWritable(folder: string, place: string): Promise<void> {
  const found = await stat(folder).catch((thrown: unknown) => absent(thrown, place));
  if (found === undefined) return requireWritable(dirname(folder), place);
  await access(folder, constants.W_OK).catch((thrown: unknown) => refuse(thrown, place));
}

/**
 * Writes the files and `SHA256SUMS` of them.
 *
 * @param verify called with a reader of the files as they lie on disk, before the folder takes its place; throws to refuse
 * @param force whether something may be in the folder's place: an earlier export is replaced, anything else moved aside
 * @returns the files, and where what was in the folder's place lies now (null: nothing was, or an earlier export)
 * @throws GW_EXPORT_REFUSED when the folder cannot be written there; what `verify` throws
 */
export async function writeFolder(
  folder: string,
  files: readonly ExportFile[],
  { force, verify }: { force: boolean; verify: (read: (name: string) => Promise<Buffer>) => Promise<void> },
): Promise<{ files: WrittenFile[]; movedAside: string | null }> {
  const place = await realPlace(folder);
  await requireFreePlace(place, force);
  const beside = join(dirname(place), `.${basename(place)}${unfinished}${randomUUID()}`);
  try {
    await mkdir(beside, { recursive: true });
    await removeAbandoned(place);
    const written: WrittenFile[] = [];
    for (const file of files) written.push(await writeFile(beside, file));
    await verify((name) => readFile(join(beside, name)));
    await requireIntact(beside, written);
    const digests = written.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
    written.push(await writeFile(beside, { name: digestsFile, pieces: [Buffer.from(digests)] }));
    return { files: written, movedAside: await take(place, beside, force) };
  } catch (thrown) {
    // What cannot be cleaned up, either, must not hide why.
    await rm(beside, { recursive: true, force: true }).catch(() => undefined);
    return refuse(thrown, place);
  }
}

/** A link to a folder stays: what it leads to is written. */
async function realPlace(folder: string): Promise<string> {
  const place = resolve(folder);
  return realpath(place).catch(() => place);
}

/** @returns the file with the digest of what was meant to be written */
async function writeFile(folder: string, { name, pieces }: ExportFile): Promise<WrittenFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  await using handle = await open(join(folder, name), 'wx');
  for (const piece of pieces) {
    hash.update(piece);
    await handle.writeFile(piece);
    bytes += piece.byteLength;
  }
  await handle.sync();
  return { name, bytes, sha256: hash.digest('hex') };
}

async function requireIntact(folder: string, written: readonly WrittenFile[]): Promise<void> {
  for (const { name, sha256 } of written) {
    if (digestOf(await readFile(join(folder, name))) === sha256) continue;
    throw new GraftworkError('GW_CORRUPT', `${join(folder, name)} cannot be read back as it was written.`, {
      remedy: 'Check the disk, or export to another one.',
    });
  }
}

/** Puts the new folder in its place. @returns where what was there lies now */
async function take(place: string, beside: string, force: boolean): Promise<string | null> {
  await requireFreePlace(place, force);
  const entries = await readdir(place).catch(() => []);
  if (entries.length === 0) {
    // A folder may take the place of an empty one.
    await rename(beside, place);
    return null;
  }
  const isOurs = await isExport(place, entries);
  const aside = isOurs ? `${beside}-before` : await freeName(`${place}.before-export`);
  await rename(place, aside);
  try {
    await rename(beside, place);
  } catch (thrown) {
    await rename(aside, place);
    throw thrown;
  }
  if (!isOurs) return aside;
  await rm(aside, { recursive: true, force: true });
  return null;
}

/** Whether a folder holds an export and nothing else: exactly the files its digests name, unchanged. */
async function isExport(folder: string, entries: readonly string[]): Promise<boolean> {
  const digests = await readFile(join(folder, digestsFile), 'utf8').catch(() => '');
  const listed = new Map(
    digests
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
  if (listed.size === 0 || entries.length !== listed.size + 1) return false;
  for (const [name, digest] of listed) {
    if (!entries.includes(name)) return false;
    const bytes = await readFile(join(folder, name)).catch(() => undefined);
    if (bytes === undefined || digestOf(bytes) !== digest) return false;
  }
  return true;
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function freeName(wanted: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = `${wanted}-${number}`;
    const found = await stat(name).catch(() => undefined);
    if (found === undefined) return name;
  }
}

/** What exports to this place left behind that were killed, as far as it is ours to remove. */
async function removeAbandoned(place: string): Promise<void> {
  const folder = dirname(place);
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`.${basename(place)}${unfinished}`)) continue;
    const found = await stat(join(folder, entry)).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < abandonedAfter) continue;
    await rm(join(folder, entry), { recursive: true, force: true }).catch(() => undefined);
  }
}

function absent(thrown: unknown, place: string): undefined {
  if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  return refuse(thrown, place);
}

/** Node's errors about a path a person gave, which no retry helps. */
const badPlaces = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EBUSY',
  'ENAMETOOLONG',
  'ELOOP',
  'EXDEV',
  'EEXIST',
  'ENOTEMPTY',
]);

function refuse(thrown: unknown, place: string): never {
  const code = (thrown as NodeJS.ErrnoException).code ?? '';
  if (thrown instanceof GraftworkError || !badPlaces.has(code)) throw thrown;
  throw new GraftworkError('GW_EXPORT_REFUSED', `${place} cannot be written: ${(thrown as Error).message}.`, {
    remedy: 'Name another folder with --out: a new one in a folder that you may write to.',
    cause: thrown,
  });
}
