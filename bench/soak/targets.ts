/** What the soak kills. */
import { readStack } from '../../infra/stack.js';
import { enginesOf, processesOf } from '../../test/stacks/processes.js';

/** The engine is the process that trains. */
export const targets = ['engine', 'gpu worker', 'cpu worker', 'Temporal', 'S3'] as const;
export type Target = (typeof targets)[number];

/** @returns the target's process id; undefined while it is not there, because it is being started again or not needed yet */
export async function pidOf(target: Target, home: string): Promise<number | undefined> {
  const stack = await readStack(home);
  if (stack === undefined) return undefined;
  const { workers, servers } = stack;
  const pids: Record<Exclude<Target, 'engine'>, number> = {
    'gpu worker': workers.gpu.pid,
    'cpu worker': workers.cpu.pid,
    Temporal: servers.temporal.pid,
    S3: servers.s3.pid,
  };
  const pid = target === 'engine' ? (await enginesOf(workers.gpu.pid))[0] : pids[target];
  // The stack's own account is a moment old: the process may have been killed, and its id be somebody else's by now.
  return (await processesOf(home)).some((seen) => seen.pid === pid) ? pid : undefined;
}

/** SIGKILL. @returns whether there was anything to kill */
export async function kill(target: Target, home: string): Promise<boolean> {
  const pid = await pidOf(target, home);
  if (pid === undefined) return false;
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
