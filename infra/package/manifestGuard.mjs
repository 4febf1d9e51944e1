/**
 * Puts the checkout's package.json back once npm is gone: npm calls `postpack` only after a pack that succeeded. A process of its
 * own, so that neither a failure nor Ctrl-C ends it with npm.
 *
 *   node infra/package/manifestGuard.mjs <process id of npm> <places as JSON>
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { manifestPlaces, restoreManifest } from './ownManifest.mjs';

const program = fileURLToPath(import.meta.url);

/** Time between two looks, in milliseconds. */
const pause = 50;

/**
 * npm, where it runs this process as a script: it does so in a shell, so it is the first process above that is none. Looked for
 * before anything is changed, because npm may be killed at any moment.
 * @returns {number | undefined} process id; undefined where npm does not run this, or the system does not say
 */
export function npmAbove() {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  try {
    for (let pid = process.ppid; pid > 0;) {
      const { name, parent } = process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
      if (!/(?:^|\/)-?(?:sh|bash|dash|zsh|ash|busybox)$/.test(name)) return pid;
      pid = parent;
    }
  } catch {
    // Without these facts there is no guard; the next setup puts the manifest back.
  }
  return undefined;
}

/** Starts the guard. @param {number} npm process id @param {typeof manifestPlaces} of */
export function guardManifest(npm, of = manifestPlaces) {
  const options = /** @type {const} */ ({ cwd: tmpdir(), detached: true, stdio: 'ignore' });
  spawn(process.execPath, [program, String(npm), JSON.stringify(of)], options).unref();
}

/** @param {number} pid */
function fromProc(pid) {
  const [, name = '', parent = ''] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return { name, parent: Number(parent) };
}

/** @param {number} pid */
function fromPs(pid) {
  const line = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' });
  const [, parent = '', name = ''] = /^\s*(\d+)\s+(.*?)\s*$/.exec(line) ?? [];
  return { name, parent: Number(parent) };
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

if (process.argv[1] === program) {
  const [, , npm = '', of = ''] = process.argv;
  /** @type {typeof manifestPlaces} */
  const places = JSON.parse(of);
  while (isRunning(Number(npm)) && existsSync(places.aside)) await delay(pause);
  restoreManifest(places);
}
