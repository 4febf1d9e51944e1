/** `npm test`: lint, format and unit tests, then the tests that cross rooms. Everything runs, even if something fails; the exit code reports it. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { run } from './command.mjs';
import { home, places } from './places.mjs';
import { firstOf, s3TestGroups, testGroups } from './testGroups.mjs';

/** How tests are called off: Ctrl-C, and the end of a job in CI. */
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM']);

/** @typedef {{cwd: string, env: NodeJS.ProcessEnv}} Where */
/** @typedef {{code: number, output: string}} Checked */

/** Test files across rooms that wait for heartbeats to be missed, or take long: they come first. */
const first = [
  'garbageBesideRun',
  'interruptedRun',
  'killedAndSteered',
  'largeFigures',
  'preemption',
  'sleepingWorker',
  'soakShort',
  'stoppedRetraining',
  'storeFaults',
  'topology',
  'trainCommand',
  'unfitStore',
  'zombie',
];

/** Unit tests that compute longest. */
const firstOfUnits = ['compiled', 'compiledStep', 'engineProcess', 'golden', 'imagenetPhotos', 'prose', 'resumedStage'];

/** A file that is not done after so long hangs: the longest take two minutes, on a loaded machine five times that. Minutes. */
const longest = 20;

/**
 * @param {string[]} args words that choose test files by name; options are handed to `node --test`
 * @param {Where} where
 * @param {{unitOnly?: boolean}} [what] whether to leave out lint, format and the tests that cross rooms
 * @returns {Promise<number>} exit code
 */
export async function runTests(args, { cwd, env }, { unitOnly = false } = {}) {
  const temporary = temporaryFolder();
  // TensorFlow's notes on the processor would stand between the lines of the tests.
  const where = { cwd, env: { TF_CPP_MIN_LOG_LEVEL: '2', ...env, TMPDIR: temporary } };
  let calledOff = false;
  for (const signal of signals) process.on(signal, () => (calledOff = true));
  const options = args.filter((arg) => arg.startsWith('-'));
  const words = args.filter((arg) => !arg.startsWith('-'));
  // The setup itself is plain JavaScript, so its tests run from where they are written.
  const chosen = [...filesUnder(places.dist, '.test.js'), ...filesUnder(join(where.cwd, 'infra'), '.test.mjs')]
    .filter((file) => words.length === 0 || words.some((word) => relative(where.cwd, file).includes(word)))
    .sort();
  const crosses = (/** @type {string} */ file) => file.startsWith(join(places.dist, 'test') + sep);
  const unit = chosen.filter((file) => !crosses(file));
  const crossing = unitOnly ? [] : chosen.filter(crosses);
  const long = crossing.filter((file) => first.includes(basename(file, '.test.js')));
  const others = crossing.filter((file) => !long.includes(file));

  const groups = { cwd: where.cwd, folder: join(temporary, 'groups') };

  const failed = [];
  // Beside the tests: the typed lint alone would leave a core idle. Reported at the end, so as not to be between their lines.
  const checks = words.length === 0 && !unitOnly ? Promise.all([lint(where), format(where)]) : undefined;
  const totals = { passed: 0, failed: 0, skipped: 0 };
  // Two files that compute fill two cores. Files that cross rooms wait for servers, too, so three of them run at a time. The long
  // ones come first: at the end nobody would be beside them.
  for (const [name, files, extra] of /** @type {const} */ ([
    ['unit tests', testGroups(unit, groups, firstOfUnits), concurrency(2)],
    ['tests across rooms', firstOf(long, s3TestGroups(others, groups), groups), concurrency(3)],
  ])) {
    if (files.length === 0 || calledOff) continue;
    heading(name);
    const result = await nodeTest(
      [...extra, ...limit(), ...options, ...files.map((file) => relative(where.cwd, file))],
      where,
    );
    if (result.code !== 0) failed.push(name);
    for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) totals[key] += result[key];
  }
  failed.push(...(await told(checks)));
  if (calledOff) failed.push('called off');
  if (unit.length + crossing.length === 0)
    failed.push(`no ${unitOnly ? 'unit test' : 'test file'} matches ${words.join(', ')}`);
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
  return run(process.execPath, [program, '--max-warnings', '0', '.'], where);
}

/** Files with the content, the options and the Prettier of the check before are not looked at again. @param {Where} where */
function format(where) {
  const program = join(places.nodeModules, 'prettier', 'bin', 'prettier.cjs');
  const cache = ['--cache', '--cache-strategy', 'content', '--cache-location', join(places.cache, 'prettier')];
  return run(process.execPath, [program, '--check', ...cache, '--log-level', 'warn', '.'], where);
}

/**
 * @param {Promise<[Checked, Checked]> | undefined} checks of lint and format
 * @returns {Promise<string[]>} names of those that failed
 */
async function told(checks) {
  if (checks === undefined) return [];
  heading('lint, format');
  const [linted, formatted] = await checks;
  process.stdout.write(`${linted.output}${formatted.output}`);
  return [...(linted.code === 0 ? [] : ['lint']), ...(formatted.code === 0 ? [] : ['format'])];
}

/** Node 20.9 lacks the option; there the runner uses one process fewer than there are cores. */
function concurrency(/** @type {number} */ files) {
  return isNode(10) ? [`--test-concurrency=${files}`] : [];
}

/** Of a whole file, which then is killed and fails. Node 20.10 lacks the option. */
function limit() {
  return isNode(11) ? [`--test-timeout=${longest * 60_000}`] : [];
}

/** Whether this is Node 20 from such a minor version on, or a later one. */
function isNode(/** @type {number} */ minor) {
  const [major = 0, own = 0] = process.versions.node.split('.').map(Number);
  return major > 20 || own >= minor;
}

/** What tests lay aside stays within the checkout, each `npm test` on its own. What one left that was killed goes here. */
function temporaryFolder() {
  const all = join(home, 'tmp', 'tests');
  mkdirSync(all, { recursive: true });
  for (const pid of readdirSync(all))
    if (!isAlive(Number(pid))) rmSync(join(all, pid), { recursive: true, force: true });
  const own = join(all, String(process.pid));
  mkdirSync(own, { recursive: true });
  return own;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
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
      detached: true,
    });
    // Stopped as a group: `node --test` itself would end and leave the processes of its files running.
    const pass = (/** @type {NodeJS.Signals} */ signal) => {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    };
    for (const signal of signals) process.on(signal, pass);
    let lastLines = '';
    child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
      process.stdout.write(chunk);
      lastLines = (lastLines + chunk.toString()).slice(-200_000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      for (const signal of signals) process.off(signal, pass);
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
