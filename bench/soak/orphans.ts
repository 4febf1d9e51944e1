/** Processes of a stack that nobody owns. */
import { setTimeout as delay } from 'node:timers/promises';
import { readStack } from '../../infra/stack.js';
import { processesOf, type ProcessSeen } from '../../test/stacks/processes.js';

/** What a killed process leaves is taken down by its guard within so long. Milliseconds. */
const patience = 15_000;

/** What of a home runs that should not: with a running stack, all that is not part of it; without one, everything. */
export async function orphansOf(home: string): Promise<ProcessSeen[]> {
  const deadline = Date.now() + patience;
  for (;;) {
    const found = await unowned(home);
    if (found.length === 0 || Date.now() > deadline) return found;
    await delay(250);
  }
}

async function unowned(home: string): Promise<ProcessSeen[]> {
  const [stack, all] = await Promise.all([readStack(home), processesOf(home)]);
  const owned = new Set(
    stack === undefined
      ? []
      : [stack.supervisor, ...Object.values(stack.servers), ...Object.values(stack.workers)].map(({ pid }) => pid),
  );
  const gpu = stack?.workers.gpu.pid;
  const engines = all.filter(({ parent, command }) => parent === gpu && command.includes('engine/main.js'));
  // One slot, one engine: a second one of the same worker would be a leak, too.
  for (const { pid } of engines.slice(-1)) owned.add(pid);
  return all.filter(({ pid, command }) => {
    const guarded = Number(/ graftwork-guard (\d+)/.exec(command)?.[1] ?? Number.NaN);
    return !owned.has(pid) && !owned.has(guarded);
  });
}
