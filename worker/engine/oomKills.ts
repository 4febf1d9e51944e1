/** Whether the kernel killed processes because memory ran out: distinguishes a child it killed from one that somebody else did. */
import { readFile } from 'node:fs/promises';

/** Counters of the machine, and of this container (control groups version 2, then 1). */
const counters = ['/proc/vmstat', '/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control'];

/** How many there have been so far, as far as can be seen from here; compare two readings. 0 where nothing can be seen. */
export async function oomKills(files: readonly string[] = counters): Promise<number> {
  const counts = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
