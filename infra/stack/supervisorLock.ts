/** One supervisor per home: two would start two databases on the same files. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { holdersOf, takeLock, type ExclusiveLock } from '../lock/exclusiveLock.mjs';
import { StackError } from './stackError.js';
import { isSupervisor } from './stackState.js';

/** Servers whose supervisor was killed are killed themselves within some 11 s. Milliseconds. */
const patience = 30_000;

/** The lock of a home's supervisor; its servers hold it too. */
export function supervisorLock(home: string): string {
  return join(home, 'locks', 'supervisor');
}

/**
 * Takes the home for this process. Waits for the servers of a supervisor that was killed a moment ago.
 * @param home absolute
 * @throws StackError when another supervisor has it, or a server of an earlier one does not end
 */
export async function lockHome(home: string, onProgress: (line: string) => void): Promise<ExclusiveLock> {
  const deadline = Date.now() + patience;
  let reported = false;
  for (;;) {
    const lock = takeLock(supervisorLock(home));
    if (lock !== undefined) return requireNoOlder(home, lock);
    const [holder] = holdersOf(supervisorLock(home));
    if (holder === undefined) continue; // it has just ended
    if (!holder.added) throw taken(home, holder.pid);
    if (Date.now() > deadline) {
      throw new StackError(
        `a server (process ${holder.pid}) of an earlier supervisor still uses ${home}`,
        `End it: kill -9 ${holder.pid}`,
      );
    }
    if (!reported) onProgress(`waiting for a server (process ${holder.pid}) of a supervisor that was killed`);
    reported = true;
    await delay(100);
  }
}

/** The process id of the supervisor that has the home, also while it starts or stops. @param home absolute */
export async function supervisorOf(home: string): Promise<number | undefined> {
  return holdersOf(supervisorLock(home)).find(({ added }) => !added)?.pid ?? (await olderSupervisor(home));
}

async function requireNoOlder(home: string, lock: ExclusiveLock): Promise<ExclusiveLock> {
  const older = await olderSupervisor(home);
  if (older === undefined) {
    rmSync(olderClaim(home), { force: true });
    return lock;
  }
  lock.release();
  throw taken(home, older);
}

/** Supervisors up to version 0.1.0 wrote their id into a file of the home. */
async function olderSupervisor(home: string): Promise<number | undefined> {
  let pid: number;
  try {
    pid = Number(readFileSync(olderClaim(home), 'utf8'));
  } catch {
    return undefined;
  }
  return pid > 0 && (await isSupervisor(pid, home)) ? pid : undefined;
}

function olderClaim(home: string): string {
  return join(home, 'supervisor.pid');
}

function taken(home: string, pid: number): StackError {
  return new StackError(
    `another supervisor (process ${pid}) is using ${home}`,
    'Wait for it, or stop it with `graftwork down`.',
  );
}
