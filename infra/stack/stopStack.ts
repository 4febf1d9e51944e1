import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isSupervisor, readStack } from './stackState.js';
import { supervisorOf } from './supervisorLock.js';

/** Longer than the supervisor's own patience with workers and servers together. Milliseconds. */
const patience = 45_000;

/**
 * Stops the embedded stack of a home: workers first, so that they can checkpoint, then the servers. The data stays.
 * @returns whether one was running
 */
export async function stopStack(home: string): Promise<boolean> {
  // One that is starting or stopping has no state in the home, but has the lock.
  const pid = (await readStack(home))?.supervisor.pid ?? (await supervisorOf(resolve(home)));
  if (pid === undefined) return false;
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + patience;
  while (await isSupervisor(pid, home)) {
    // The guards of its children take them down with it.
    if (Date.now() > deadline) signal(pid, 'SIGKILL');
    await delay(100);
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It may have ended a moment ago.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
