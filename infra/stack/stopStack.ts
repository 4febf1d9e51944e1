import { setTimeout as delay } from 'node:timers/promises';
import { isSupervisor, readStack } from './stackState.js';

/** Longer than the supervisor's own patience with workers and servers together. Milliseconds. */
const patience = 45_000;

/**
 * Stops the embedded stack of a home: workers first, so that they can checkpoint, then the servers. The data stays.
 * @returns whether one was running
 */
export async function stopStack(home: string): Promise<boolean> {
  const state = await readStack(home);
  if (state === undefined) return false;
  const { pid } = state.supervisor;
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + patience;
  while (await isSupervisor(pid, state.home)) {
    // The guards of its children take them down with it.
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await delay(100);
  }
  return true;
}
