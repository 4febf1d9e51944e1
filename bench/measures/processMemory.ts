/** Resident memory of a process, as the kernel keeps count of it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Megabytes. */
export interface ProcessMemory {
  now: number;
  /** Since the process began; where the kernel does not say (outside Linux) the same as `now`. */
  peak: number;
}

/** @throws Error when there is no such process */
export async function memoryOf(pid: number): Promise<ProcessMemory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const field = (name: string): number | undefined => {
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  };
  const now = field('VmRSS') ?? Number((await run('ps', ['-o', 'rss=', '-p', String(pid)])).stdout) / 1024;
  return { now, peak: field('VmHWM') ?? now };
}
