/** What all processes that this one has started, and those that they have started, hold in memory together. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Looks at the processes at regular times and keeps the highest sum. A page that several share counts once, as far as the kernel
 * says so. Asking that takes tens of milliseconds, so it is asked only while the resident memory grows.
 */
export class ChildrenMemory {
  private mostResident = 0;
  /** Megabytes. */
  private peak = 0;
  private looking: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  private constructor(every: number) {
    this.timer = setInterval(() => {
      this.looking = this.looking.then(() => this.look()).catch(() => undefined);
    }, every);
  }

  /** @param every milliseconds between two looks */
  static start(every = 1000): ChildrenMemory {
    return new ChildrenMemory(every);
  }

  /** @returns megabytes: the highest sum that was seen */
  async stop(): Promise<number> {
    clearInterval(this.timer);
    await this.looking;
    return Math.round(this.peak);
  }

  private async look(): Promise<void> {
    const children = await descendants(process.pid);
    const resident = total(children.map((child) => child.resident));
    if (resident <= this.mostResident) return;
    this.mostResident = resident;
    this.peak = Math.max(this.peak, total(await Promise.all(children.map(memoryShare))));
  }
}

interface Descendant {
  pid: number;
  /** Megabytes. */
  resident: number;
}

async function descendants(root: number): Promise<Descendant[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,rss=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [pid: number, parent: number, kilobytes: number]);
  const found: Descendant[] = [];
  const parents = [root];
  for (const parent of parents) {
    for (const [pid, ppid, kilobytes] of rows) {
      if (ppid !== parent) continue;
      parents.push(pid);
      found.push({ pid, resident: kilobytes / 1024 });
    }
  }
  return found;
}

/** Megabytes. Linux divides a page among those that share it; elsewhere each counts it whole. 0 of a process that has ended. */
async function memoryShare({ pid, resident }: Descendant): Promise<number> {
  if (process.platform !== 'linux') return resident;
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1024;
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}
