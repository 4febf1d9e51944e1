/** Ends a process group when this process is gone, however it went. */
import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Waits for its standard input to end, which the kernel closes when we die, even by SIGKILL; then gives the group `$1` five
 * seconds to end by itself, as an engine process does unless it hangs or is stopped, and kills it.
 */
const script = `
read -r line
for second in 1 2 3 4 5; do
  kill -s 0 -- "-$1" || exit
  sleep 1
done
kill -s KILL -- "-$1"`;

/** @returns the guard: kill it when the group has ended */
export function guardGroup(pid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', script, 'graftwork-guard', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // A guard that fails to start leaves the group unguarded, not unusable.
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  return guard;
}
