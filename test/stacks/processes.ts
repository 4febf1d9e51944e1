/** What runs on this machine, seen from outside: who belongs to a folder, who is whose child, who is gone. */
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface ProcessSeen {
  pid: number;
  parent: number;
  /** As `ps` writes it: `R`, `S`, `T` (stopped), `Z` (gone, not yet collected). */
  state: string;
  /** The command line; with the variables behind it where those were asked for. */
  command: string;
}

const run = promisify(execFile);

/** @param variables whether each command is followed by its process's environment */
export async function processes({ variables = false } = {}): Promise<ProcessSeen[]> {
  const { stdout } = await run('ps', [variables ? 'axeww' : 'axww', '-o', 'pid=,ppid=,stat=,args='], {
    maxBuffer: 64 * 2 ** 20,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || parent === undefined || state === undefined || command === undefined) return [];
    return state.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), state, command }];
  });
}

/** Those whose command line or environment names the folder. */
export async function processesOf(folder: string): Promise<ProcessSeen[]> {
  const found = await processes({ variables: true });
  return found.filter(({ pid, command }) => pid !== process.pid && command.includes(folder));
}

/** The engine processes of a worker. */
export async function enginesOf(worker: number): Promise<number[]> {
  const found = await processes();
  return found
    .filter(({ parent, command }) => parent === worker && command.includes('engine/main.js'))
    .map(({ pid }) => pid);
}

/**
 * How long a test waits for what is to come, in milliseconds: on a loaded machine everything takes many times as long, and no
 * test is about that. Tests have no limits of their own. What hangs elsewhere is ended and named by the limit on each file
 * (infra/setup/tests.mjs), which is longer.
 */
const patience = 600_000;

/** @throws Error when it does not come to pass; `what` says what was waited for */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${patience / 60_000} minutes: ${what}`);
    await delay(50);
  }
}

export async function isGone(pid: number): Promise<boolean> {
  return !(await processes()).some((seen) => seen.pid === pid);
}

/**
 * Where a process listens, from the kernel's own tables: its sockets in state LISTEN (0A), IPv4 and IPv6. Linux only.
 * @returns addresses, one for each socket; those other than 127.0.0.1 as the kernel writes them
 */
export async function listeningAddresses(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  // It opens and closes files while we look.
  const targets = (await readdir(folder)).map((file) => readlink(join(folder, file)).catch(() => undefined));
  const held = new Set(await Promise.all(targets));
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8')));
  return tables.flatMap((table) =>
    table
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === '0A' && held.has(`socket:[${columns[9]}]`))
      .map((columns) => columns[1]?.split(':')[0] ?? '')
      .map((hex) => (hex === '0100007F' ? '127.0.0.1' : `0x${hex}`)),
  );
}
