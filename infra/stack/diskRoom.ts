/** Room on the disk of a home. Everything the embedded stack keeps lies there, and its servers stop taking data when it is full. */
import { statfs } from 'node:fs/promises';

export interface DiskRoom {
  /** Bytes that may still be written. */
  free: number;
  /** Bytes of the whole disk. */
  total: number;
}

/** Below this many bytes the stack's servers cannot be counted on: the S3 server begins a new file of some MB now and then. */
const leastFree = 16 * 2 ** 20;

/** Nor below this share of the disk: there the S3 server takes no more data. */
const leastShare = 0.01;

/** Undefined when the system does not say. */
export async function diskRoom(folder: string): Promise<DiskRoom | undefined> {
  return statfs(folder).then(
    ({ bavail, blocks, bsize }) => ({ free: bavail * bsize, total: blocks * bsize }),
    () => undefined,
  );
}

/** Below this many bytes nearly every write fails. */
const nothing = 2 * 2 ** 20;

/** How much has to be free so that servers that keep their data there can be counted on, in bytes. */
export function roomNeeded({ total }: Pick<DiskRoom, 'total'>): number {
  return Math.max(leastFree, leastShare * total);
}

/** Whether servers that keep their data there refuse it, or are about to; undefined when there is room. Pure. */
export function fullness(room: DiskRoom): 'full' | 'nearly full' | undefined {
  if (room.free < nothing) return 'full';
  return room.free < roomNeeded(room) ? 'nearly full' : undefined;
}

/** Of Node's file errors those that say that the disk, or the user's share of it, takes nothing more. */
const codes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && codes.has(String(error.code));
}
