/** `<home>/stack.json`: where the embedded stack runs, for everyone who wants to reach it. Holds keys, so mode 0600. */
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Addresses } from './environment.js';
import { environmentOf } from './environment.js';
import { unfinished, writeWholeSync } from './writeWholeSync.js';

export type WorkerPool = 'workflow' | 'cpu' | 'gpu';

export interface ProcessState {
  pid: number;
  /** ISO 8601. */
  startedAt: string;
  log: string;
  /** How often it was started again after it had ended by itself. */
  restarts: number;
}

export interface StackState extends Addresses {
  version: 1;
  /** Address of the Temporal UI. */
  ui: string;
  /** Where that UI looks for a codec server; there while payloads are encrypted. */
  codecPort?: number;
  supervisor: Omit<ProcessState, 'restarts'>;
  servers: Record<'temporal' | 's3', ProcessState>;
  workers: Record<WorkerPool, ProcessState>;
}

export function stackFile(home: string): string {
  return join(resolve(home), 'stack.json');
}

/** Readers see the old state or the new, never half of one. @throws what the file system says; the old state stays then */
export function writeStack(state: StackState): void {
  writeWholeSync(stackFile(state.home), `${JSON.stringify(state, null, 2)}\n`);
}

export function removeStack(home: string): void {
  for (const file of [stackFile(home), unfinished(stackFile(home))]) rmSync(file, { force: true });
}

/** The running stack of a home, or undefined when there is none: a file left by a crash does not count. */
export async function readStack(home: string): Promise<StackState | undefined> {
  const state = parse(home);
  return state !== undefined && (await isSupervisor(state.supervisor.pid, state.home)) ? state : undefined;
}

function parse(home: string): StackState | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(stackFile(home), 'utf8'));
    // Only the supervisor writes this file, whole or not at all; the version shows whether we know its shape.
    const known = typeof value === 'object' && value !== null && 'version' in value && value.version === 1;
    return known ? (value as StackState) : undefined;
  } catch {
    return undefined;
  }
}

/** Process ids are reused, so being alive is not enough: it has to be the supervisor of this home. */
export async function isSupervisor(pid: number, home: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]);
    return stdout.includes(join('stack', 'supervisor.js')) && stdout.trimEnd().endsWith(` ${resolve(home)}`);
  } catch {
    return false;
  }
}

/** Variables that point Temporal's and AWS's SDKs, and Graftwork itself, at the embedded stack. */
export function stackEnvironment(state: StackState): Record<string, string> {
  return environmentOf(state);
}
