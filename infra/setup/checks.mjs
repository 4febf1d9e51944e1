/** Lint and format of the whole checkout. They look at sources alone, so they need no build. */
import { join } from 'node:path';
import { run } from './command.mjs';
import { places } from './places.mjs';

/** @typedef {{cwd: string, env: NodeJS.ProcessEnv}} Where */

/**
 * @param {Where} where
 * @returns {{ended: Promise<{output: string, failed: string[]}>, stop: () => void}} what both said, and names of those that failed
 */
export function beginChecks(where) {
  const stopped = new AbortController();
  const program = (/** @type {string[]} */ ...path) => join(places.nodeModules, ...path);
  const call = (/** @type {string[]} */ ...args) => run(process.execPath, args, { ...where, signal: stopped.signal });
  const lint = call(program('oxlint', 'bin', 'oxlint'));
  const format = call(program('oxfmt', 'bin', 'oxfmt'), '--check');
  const ended = Promise.all([lint, format]).then((checked) => ({
    output: checked.map(({ output }) => output).join(''),
    failed: ['lint', 'format'].filter((_, index) => checked[index]?.code !== 0),
  }));
  return { ended, stop: () => stopped.abort() };
}
