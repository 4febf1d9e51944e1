/** `npm test`: lint, format, unit tests, then the tests that cross rooms. Everything runs, whatever fails; the exit code tells. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { handOver } from './command.mjs';
import { places } from './places.mjs';

/** @typedef {{cwd: string, env: NodeJS.ProcessEnv}} Where */

/** Test files across rooms that spend their time waiting. */
const waits = ['garbageBesideRun', 'interruptedRun', 'preemption', 'sleepingWorker', 'soakShort', 'topology', 'zombie'];

/**
 * @param {string[]} args words that choose test files by name; options are handed to `node --test`
 * @param {Where} where
 * @returns {Promise<number>} exit code
 */
export async function runTests(args, where) {
  const options = args.filter((arg) => arg.startsWith('-'));
  const words = args.filter((arg) => !arg.startsWith('-'));
  // The setup itself is plain JavaScript, so its tests run from where they are written.
  const chosen = [...filesUnder(places.dist, '.test.js'), ...filesUnder(join(where.cwd, 'infra'), '.test.mjs')]
    .filter((file) => words.length === 0 || words.some((word) => relative(where.cwd, file).includes(word)))
    .sort();
  const crossing = chosen.filter((file) => file.startsWith(join(places.dist, 'test') + sep));
  const unit = chosen.filter((file) => !crossing.includes(file));
  const waiting = crossing.filter((file) => waits.includes(basename(file, '.test.js')));

  const failed = [];
  if (words.length === 0) {
    heading('lint, format');
    const [linted, formatted] = await Promise.all([lint(where), format(where)]);
    if (linted !== 0) failed.push('lint');
    if (formatted !== 0) failed.push('format');
  }
  const totals = { passed: 0, failed: 0, skipped: 0 };
  // Two files at a time fill two cores; more would only slow each other down. Of those that cross rooms the long ones come
  // first: they wait for heartbeats to be missed, and at the end nobody would be beside them.
  for (const [name, files, extra] of /** @type {const} */ ([
    ['unit tests', unit, concurrency(2)],
    ['tests of lost processes', waiting, concurrency(2)],
    ['tests across rooms', crossing.filter((file) => !waiting.includes(file)), concurrency(2)],
  ])) {
    if (files.length === 0) continue;
    heading(`${name}: ${files.length} files`);
    const result = await nodeTest([...extra, ...options, ...files.map((file) => relative(where.cwd, file))], where);
    if (result.code !== 0) failed.push(name);
    for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) totals[key] += result[key];
  }
  if (chosen.length === 0) failed.push(`no test file matches ${words.join(', ')}`);
  process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
  if (failed.length > 0) process.stderr.write(`npm test failed: ${failed.join('; ')}\n`);
  return failed.length === 0 ? 0 : 1;
}

/** @param {string} folder @param {string} ending @returns {string[]} */
function filesUnder(folder, ending) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

/** @param {Where} where */
function lint(where) {
  const program = join(places.nodeModules, 'eslint', 'bin', 'eslint.js');
  return handOver(process.execPath, [program, '--max-warnings', '0', '.'], where);
}

/** @param {Where} where */
function format(where) {
  const program = join(places.nodeModules, 'prettier', 'bin', 'prettier.cjs');
  return handOver(process.execPath, [program, '--check', '--log-level', 'warn', '.'], where);
}

/** Node 20.9 lacks the option; there the runner uses one process fewer than there are cores. */
function concurrency(/** @type {number} */ files) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 20 || minor >= 10 ? [`--test-concurrency=${files}`] : [];
}

/**
 * @param {string[]} args
 * @param {Where} where
 * @returns {Promise<{code: number, passed: number, failed: number, skipped: number}>}
 */
function nodeTest(args, where) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--test', '--test-reporter=spec', ...args], {
      ...where,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let lastLines = '';
    child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
      process.stdout.write(chunk);
      lastLines = (lastLines + chunk.toString()).slice(-200_000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const count = (/** @type {string} */ key) =>
        Number([...lastLines.matchAll(new RegExp(`^\\S+ ${key} (\\d+)`, 'gm'))].at(-1)?.[1] ?? 0);
      resolve({ code: code ?? 1, passed: count('pass'), failed: count('fail'), skipped: count('skipped') });
    });
  });
}

/** @param {string} title */
function heading(title) {
  process.stdout.write(`\n── ${title}\n`);
}
