/**
 * A lock that one process of the machine holds at a time, and that the death of its holder frees, at whatever instant.
 *
 * The lock is a folder; a process that has a file in it holds it. The name of the file says which process that is.
 * - Taking it renames a folder that has the file already. The system does that only where there is no such folder or an
 *   empty one, so nobody takes a lock that is held, and nobody sees half a claim.
 * - A claim is removed by its own name, which no other process ever has. So removing the claim of a dead process cannot
 *   remove the claim of the one who took the lock meanwhile.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isRunning, startOf } from './processIdentity.mjs';

/** Locks that this process has taken, so that two in one process are two. */
let taken = 0;

/**
 * Takes the lock at `path` unless a running process holds it.
 * @param {string} path of the lock's folder; the folder above is made if need be
 * @returns {ExclusiveLock | undefined} undefined when another holds it: {@link holdersOf} names that one
 */
export function takeLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const claim = claimOf(process.pid, `${(taken += 1)}`);
  const prepared = `${path}.${claim}`;
  mkdirSync(prepared);
  writeFileSync(join(prepared, claim), '');
  while (!renamed(prepared, path)) {
    if (holdersOf(path).length > 0) {
      rmSync(prepared, { recursive: true });
      return undefined;
    }
    for (const claim of claimsIn(path)) {
      if (!isHeldBy(claim)) rmSync(join(path, claim), { recursive: true, force: true });
    }
  }
  removePrepared(path);
  return new ExclusiveLock(path, claim);
}

/**
 * The running processes that hold the lock.
 * @param {string} path
 * @returns {{pid: number, added: boolean}[]} the one that took it first, then those it has added
 */
export function holdersOf(path) {
  return claimsIn(path)
    .filter(isHeldBy)
    .map((claim) => ({ pid: parse(claim).pid, added: parse(claim).label === addedLabel }))
    .sort((a, b) => Number(a.added) - Number(b.added));
}

/**
 * Whether processes have died that held the lock, and nobody has taken it since.
 * @param {string} path
 */
export function wasLeftBehind(path) {
  const claims = claimsIn(path);
  return claims.length > 0 && !claims.some(isHeldBy);
}

export class ExclusiveLock {
  /** @type {string[]} */
  #claims;
  #path;

  /** @param {string} path @param {string} claim */
  constructor(path, claim) {
    this.#path = path;
    this.#claims = [claim];
  }

  /**
   * Makes a child hold the lock too: when this process dies, the lock is free only once the child has ended as well.
   * @param {number} pid
   */
  add(pid) {
    const claim = claimOf(pid, addedLabel);
    writeFileSync(join(this.#path, claim), '');
    this.#claims.push(claim);
  }

  release() {
    // Its own claim goes last: until then nobody else can have the folder.
    for (const claim of this.#claims.reverse()) rmSync(join(this.#path, claim), { force: true });
    this.#claims = [];
    try {
      rmdirSync(this.#path);
    } catch {
      // Somebody has it by now.
    }
  }
}

const addedLabel = 'child';

/** @param {number} pid @param {string} label tells claims of one process apart */
function claimOf(pid, label) {
  return `${pid}_${startOf(pid) ?? ''}_${label}`;
}

/** @param {string} claim */
function parse(claim) {
  const [pid = '', start = '', label = ''] = claim.split('_');
  return { pid: Number(pid), start, label };
}

/** @param {string} claim */
function isHeldBy(claim) {
  const { pid, start } = parse(claim);
  return Number.isInteger(pid) && pid > 0 && isRunning(pid, start);
}

/** @param {string} path @returns {string[]} */
function claimsIn(path) {
  try {
    return readdirSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** @param {string} prepared @param {string} path */
function renamed(prepared, path) {
  try {
    renameSync(prepared, path);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** What processes prepared that died before they could take the lock. @param {string} path */
function removePrepared(path) {
  const [folder, prefix] = [dirname(path), `${basename(path)}.`];
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix) || isHeldBy(name.slice(prefix.length))) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
