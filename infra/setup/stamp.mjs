/** Stamps make steps idempotent and resumable: a step whose inputs have the digest on its stamp is not done again. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { places } from './places.mjs';

/**
 * @param {...(string | Buffer)} parts whatever determines a step's result
 * @returns {string} sha256, hex; parts are length-prefixed, so their borders count
 */
export function digest(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}

/**
 * @param {string} step
 * @param {string} inputs digest
 */
export function isStamped(step, inputs) {
  try {
    return readFileSync(join(places.stamps, step), 'utf8') === inputs;
  } catch {
    return false;
  }
}

/**
 * Written last, when everything the step made is in place.
 * @param {string} step
 * @param {string} inputs digest
 */
export function stamp(step, inputs) {
  mkdirSync(places.stamps, { recursive: true });
  writeWhole(join(places.stamps, step), inputs);
}

/** @param {string} step */
export function unstamp(step) {
  rmSync(join(places.stamps, step), { force: true });
}

/**
 * Writes a file so that a reader sees the old content or the new, never half of it.
 * @param {string} path
 * @param {string} content
 */
export function writeWhole(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

/**
 * Copies a file in the same way: processes that have the old one in memory keep it.
 * @param {string} from
 * @param {string} to
 */
export function copyWhole(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}
