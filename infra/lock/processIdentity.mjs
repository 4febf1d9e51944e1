/** Which process it is, not only which number it has: numbers are reused, in containers from one start to the next. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process started, in the words of its system; the same text for as long as it lives. It goes into file names.
 * @param {number} pid
 * @returns {string | undefined} undefined when there is no such process, when it is a zombie, or when nobody may look
 */
export function startOf(pid) {
  return process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
}

/**
 * Whether the process that was `pid` and started at `start` still runs. When nobody may look, the answer is yes.
 * @param {number} pid
 * @param {string} start as {@link startOf} gave it
 */
export function isRunning(pid, start) {
  const now = startOf(pid);
  return now === undefined ? exists(pid) && !isZombie(pid) : now === start;
}

/** Ticks since the boot, and which boot. @param {number} pid */
function startOnLinux(pid) {
  const fields = statOnLinux(pid);
  const ticks = fields?.[19];
  if (ticks === undefined || /^[ZX]$/.test(fields?.[0] ?? '')) return undefined;
  return `${ticks}.${readIfThere('/proc/sys/kernel/random/boot_id')?.slice(0, 8) ?? ''}`;
}

/** The fields behind the program's name, which may hold spaces and brackets: state first. @param {number} pid */
function statOnLinux(pid) {
  return readIfThere(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
}

/** @param {number} pid */
function startByPs(pid) {
  const [state = '', ...start] = ps(pid);
  return state === '' || state.startsWith('Z') ? undefined : start.join('.').replaceAll(':', '.');
}

/** State and start, word by word. @param {number} pid @returns {string[]} */
function ps(pid) {
  try {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const options = { env, encoding: /** @type {const} */ ('utf8'), stdio: /** @type {const} */ ('pipe') };
    return execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], options)
      .trim()
      .split(/\s+/);
  } catch {
    return [];
  }
}

/** @param {number} pid */
function isZombie(pid) {
  return /^[ZX]/.test((process.platform === 'linux' ? statOnLinux(pid)?.[0] : ps(pid)[0]) ?? '');
}

/** @param {number} pid */
function exists(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
