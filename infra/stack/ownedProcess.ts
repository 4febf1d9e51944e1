/**
 * A child process that is ours to the end: it runs in a process group of its own, writes to a log file, is stopped
 * politely and then for good, and dies even when we are killed before we can stop it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Launch {
  /** For messages: `Temporal`, `S3 server`, `gpu worker`. */
  name: string;
  program: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Appended to; set aside once as `.1` when it has grown past 20 MB. */
  log: string;
  /** The program is ours and says `ready` over the IPC channel when it serves. @default false */
  tellsReady?: boolean;
  /** Called with its id as soon as it runs; what it throws ends the process and comes out of the constructor. */
  onStart?: (pid: number) => void;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Set when the program could not be started at all. */
  error?: Error;
}

const logLimit = 20 * 2 ** 20;

/** Waits for its standard input to end, which the kernel closes when we die, however we die; then ends the group `$1`. */
const guardScript = `
read -r line
kill -s TERM -- "-$1" || exit
for second in 1 2 3 4 5 6 7 8 9 10; do
  sleep 1
  kill -s 0 -- "-$1" || exit
done
kill -s KILL -- "-$1"`;

export class OwnedProcess {
  readonly exited: Promise<Exit>;
  readonly startedAt = new Date();
  private readonly child: ChildProcess;
  private exit: Exit | undefined;
  private isReady = false;

  constructor(readonly launch: Launch) {
    mkdirSync(dirname(launch.log), { recursive: true });
    if (existsSync(launch.log) && statSync(launch.log).size > logLimit) renameSync(launch.log, `${launch.log}.1`);
    const log = openSync(launch.log, 'a', 0o600);
    const { program, args, env, cwd, tellsReady = false } = launch;
    const stdio: StdioOptions = tellsReady ? ['ignore', log, log, 'ipc'] : ['ignore', log, log];
    const child = spawn(program, args, { env, cwd, detached: true, stdio });
    closeSync(log);
    child.on('message', (message) => {
      if (message === 'ready') this.isReady = true;
    });
    this.child = child;
    const guard = child.pid === undefined ? undefined : startGuard(child.pid);
    this.exited = new Promise((resolve) => {
      const end = (exit: Exit): void => {
        if (this.exit !== undefined) return;
        this.exit = exit;
        guard?.kill('SIGKILL');
        // What the child itself started and left behind goes with it.
        this.signalGroup('SIGKILL');
        resolve(exit);
      };
      child.once('error', (error) => end({ code: null, signal: null, error }));
      child.once('exit', (code, signal) => end({ code, signal }));
    });
    try {
      if (child.pid !== undefined) launch.onStart?.(child.pid);
    } catch (error) {
      // The caller gets no process, so none may stay.
      this.signalGroup('SIGKILL');
      throw error;
    }
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get running(): boolean {
    return this.exit === undefined;
  }

  /** Whether it has said so; see {@link Launch.tellsReady}. */
  get ready(): boolean {
    return this.isReady;
  }

  /** Signals the process itself, not what it started. */
  signal(signal: NodeJS.Signals): void {
    if (this.running) this.child.kill(signal);
  }

  /** SIGTERM, then SIGKILL for the whole group when it is still there after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signalGroup('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  /** SIGKILL for the whole group: no farewell, as in a crash. */
  async kill(): Promise<void> {
    this.signalGroup('SIGKILL');
    await this.exited;
  }

  /** The last lines of the log, for an error message. */
  lastWords(lines = 6): string {
    return readFileSync(this.launch.log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  private signalGroup(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // Nobody is left in the group.
    }
  }
}

function startGuard(pid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', guardScript, 'graftwork-guard', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // A guard that fails to start leaves the child unguarded, not unusable.
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  return guard;
}
