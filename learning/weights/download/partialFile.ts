/**
 * The unfinished part of a download. It is named after its owner's process, so two processes never write into one
 * file, and a process that starts later takes over what a dead one left.
 */
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface PartialFile {
  readonly path: string;
  /** Bytes already there. */
  readonly bytes: number;
  /** The server's version mark of those bytes, if it gave one. */
  readonly etag: string | undefined;
}

/** Take over the largest abandoned part of `target`, or begin a new one. */
export async function claimPartialFile(target: string): Promise<PartialFile> {
  const folder = path.dirname(target);
  await mkdir(folder, { recursive: true });
  const own = `${target}.part.${process.pid}`;
  const prefix = `${path.basename(target)}.part.`;
  for (const name of await readdir(folder)) {
    const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN;
    if (!Number.isInteger(owner) || (owner !== process.pid && isAlive(owner))) continue;
    const abandoned = path.join(folder, name);
    // Another process may be claiming it too; the first one to rename it has it.
    await rename(etagPath(abandoned), etagPath(own)).catch(ignoreMissing);
    await rename(abandoned, own).catch(ignoreMissing);
    break;
  }
  const bytes = await stat(own).then(
    ({ size }) => size,
    () => 0,
  );
  const etag = await readFile(etagPath(own), 'utf8').catch(() => undefined);
  return { path: own, bytes, etag };
}

/** Remember which version the bytes of a part belong to. */
export async function markPartialFile(part: PartialFile, etag: string | null): Promise<void> {
  if (etag === null) await rm(etagPath(part.path), { force: true });
  else await writeFile(etagPath(part.path), etag);
}

/** The part is complete: give it its name. */
export async function finishPartialFile(part: PartialFile, target: string): Promise<void> {
  await rename(part.path, target);
  await rm(etagPath(part.path), { force: true });
}

function etagPath(part: string): string {
  return `${part}.etag`;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
