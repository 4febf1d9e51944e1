/** `npm test`: unit tests, then the tests that cross rooms, with lint and format beside them. Everything runs, even if something fails; the exit code reports it. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { beginChecks } from './checks.mjs';
import { npmPackagesReady } from './npmPackages.mjs';
import { home, places } from './places.mjs';
import { setup } from './setup.mjs';
import { firstOf, groupsOfOne, s3TestGroups, temporalTestGroups, testGroups } from './testGroups.mjs';

/** How tests are called off: Ctrl-C, and the end of a job in CI. */
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM']);

/** @typedef {{cwd: string, env: NodeJS.ProcessEnv}} Where */

/** Test files across rooms that take long, or wait for heartbeats to be missed, the longest one first: all others run beside it. */
const first = [
  'trainCommand',
  'largeFigures',
  'soakShort',
  'hardenedRun',
  'topology',
  'sleepingWorker',
  'killedAndSteered',
  'temporalCommands',
  'trainingRun',
  'registryInterleavings',
  'lease',
  'trainerLease',
  'temporalTls',
  'commandLine',
  'preemption',
  'interruptedRun',
  'zombie',
  'garbageBesideRun',
  'storeFaults',
  'unfitStore',
  'backgroundStore',
  'fullDisk',
  'replay',
];

/** Unit tests that compute longest. */
const firstOfUnits = ['compiled', 'compiledStep', 'engineProcess', 'golden', 'imagenetPhotos', 'prose', 'resumedStage'];

/** A file that is not done after so long hangs: the longest take two minutes, on a loaded machine five times that. Minutes. */
const longest = 20;

/** Several files at once fill all cores. Where TensorFlow shares each operation out, they take a tenth more of the processor's time. */
const oneThread = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '1' };

/**
 * Sets the checkout up, then tests it.
 *
 * @param {string[]} args words that choose test files by name; options are handed to `node --test`
 * @param {Where} where
 * @param {{unitOnly?: boolean}} [what] whether to leave out lint, format and the tests that cross rooms
 * @returns {Promise<number>} exit code
 */
export async function runTests(args, { cwd, env }, { unitOnly = false } = {}) {
  const options = args.filter((arg) => arg.startsWith('-'));
  const words = args.filter((arg) => !arg.startsWith('-'));
  const checked = words.length === 0 && !unitOnly;
  // Neither needs what is built, and the compiler alone would leave a core idle. Reported at the end, so as not to be between
  // the lines of the tests.
  let checks = checked && npmPackagesReady() ? beginChecks({ cwd, env }) : undefined;
  try {
    await setup();
  } catch (error) {
    checks?.stop();
    throw error;
  }
  if (checked) checks ??= beginChecks({ cwd, env });

  const temporary = temporaryFolder();
  // TensorFlow's notes on the processor would stand between the lines of the tests.
  const where = { cwd, env: { TF_CPP_MIN_LOG_LEVEL: '2', ...(checked ? oneThread : {}), ...env, TMPDIR: temporary } };
  let calledOff = false;
  for (const signal of signals) process.on(signal, () => (calledOff = true));
  // The setup itself is plain JavaScript, so its tests run from where they are written.
  const chosen = [...filesUnder(places.dist, '.test.js'), ...filesUnder(join(where.cwd, 'infra'), '.test.mjs')]
    .filter((file) => words.length === 0 || words.some((word) => relative(where.cwd, file).includes(word)))
    .sort();
  const crosses = (/** @type {string} */ file) => file.startsWith(join(places.dist, 'test') + sep);
  const unit = chosen.filter((file) => !crosses(file));
  const crossing = unitOnly ? [] : chosen.filter(crosses);
  const long = first.flatMap((name) => crossing.filter((file) => basename(file, '.test.js') === name));
  const others = crossing.filter((file) => !long.includes(file));

  const groups = { cwd: where.cwd, folder: join(temporary, 'groups') };

  // Unit tests, then those across rooms, without a pause between them. Of these the long ones come first: at the end nobody would be
  // beside them.
  const grouped = [
    ...testGroups(unit, groups, firstOfUnits),
    ...firstOf(long, temporalTestGroups(s3TestGroups(others, groups), groups), groups),
  ];
  // Of a few chosen files the runner names the test that a stray error belongs to.
  const files = words.length > 0 ? grouped : groupsOfOne(grouped, groups);
  const failed = [];
  let counts = 'nothing was tested';
  if (files.length > 0) {
    heading('tests');
    const tested = await nodeTest(
      [...concurrency(), ...limit(), ...options, ...files.map((file) => relative(where.cwd, file))],
      where,
    );
    if (tested.code !== 0) failed.push('tests');
    counts = `${tested.passed} passed, ${tested.failed} failed, ${tested.skipped} skipped`;
  }
  if (checks !== undefined) {
    heading('lint, format');
    const { output, failed: found } = await checks.ended;
    process.stdout.write(output);
    failed.push(...found);
  }
  if (calledOff) failed.push('called off');
  if (files.length === 0) failed.push(`no ${unitOnly ? 'unit test' : 'test file'} matches ${words.join(', ')}`);
  process.stdout.write(`\n${counts}\n`);
  if (failed.length > 0) process.stderr.write(`npm test failed: ${failed.join('; ')}\n`);
  return failed.length === 0 ? 0 : 1;
}

/** @param {string} folder @param {string} ending @returns {string[]} */
function filesUnder(folder, ending) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

/** Of a file with servers, workers and a trainer. Bytes. */
const memoryOfFile = 2 * 2 ** 30;

/**
 * Files across rooms wait for servers most of the time: with five, two cores were busy for five sixths of the time. Fewer where memory is
 * short. Node 20.9 lacks the option; there the runner uses one process fewer than there are cores.
 */
function concurrency() {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  const files = Math.max(3, Math.min(6, Math.floor(memory / memoryOfFile)));
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
