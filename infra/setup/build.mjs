/** TypeScript and WebAssembly to dist/, then the workflow bundle, then `npx graftwork`. Done again when a source or the compiler changed. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run, tail } from './command.mjs';
import { checkout, places } from './places.mjs';
import { step } from './progress.mjs';
import { SetupError } from './setupError.mjs';
import { digest, isStamped, stamp, unstamp } from './stamp.mjs';

const assembler = join(checkout, 'infra', 'setup', 'assembleWat.mjs');
const bundler = join(places.dist, 'worker', 'bundleWorkflows.js');
// package.json has no `bin`: with one, npx installs the checkout into its own cache first, outside the checkout and slowly.
const command = join(places.nodeModules, '.bin', 'graftwork');
const commandTarget = '../../bin/graftwork.mjs';

export function buildReady() {
  return isStamped('build', inputs()) && existsSync(join(places.dist, '.tsbuildinfo')) && commandLinked();
}

/** Contents, not times: a fresh clone and a branch switched back build nothing new. */
function inputs() {
  const files = sources();
  return digest(
    ...files,
    ...['tsconfig.json', 'package-lock.json', ...files].map((file) => readFileSync(join(checkout, file))),
  );
}

/**
 * Every .ts, .cts and .wat file of the folders that tsconfig.json includes, and the lock, which the setup shares with them;
 * relative to the checkout.
 * @returns {string[]}
 */
function sources() {
  const { include } = /** @type {{include: string[]}} */ (
    JSON.parse(readFileSync(join(checkout, 'tsconfig.json'), 'utf8'))
  );
  return include
    .map((folder) => join(checkout, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(checkout, join(entry.parentPath ?? entry.path, entry.name)))
    .filter(
      (file) => /\.(c?ts|wat)$/.test(file) || (file.startsWith(join('infra', 'lock')) && !file.endsWith('.test.mjs')),
    )
    .sort();
}

export async function build() {
  await step('build', async () => {
    const digested = inputs();
    unstamp('build');
    removeOrphans();
    const { code, output } = await run(process.execPath, [places.compiler, '-p', 'tsconfig.json'], { cwd: checkout });
    if (code !== 0)
      throw new SetupError(`the TypeScript does not compile:\n${tail(output, 30)}`, 'Correct the errors above.');
    const assembled = await run(process.execPath, [assembler], { cwd: checkout });
    if (assembled.code !== 0) {
      throw new SetupError(
        `the WebAssembly cannot be assembled:\n${tail(assembled.output)}`,
        'Correct the errors above.',
      );
    }
    if (existsSync(bundler)) {
      const bundle = await run(process.execPath, [bundler], { cwd: checkout });
      if (bundle.code !== 0) {
        throw new SetupError(`the workflows cannot be bundled:\n${tail(bundle.output)}`, 'Correct the errors above.');
      }
    }
    linkCommand();
    stamp('build', digested);
  });
}

/** tsc leaves the output of deleted sources behind; a test that no longer exists must not run. */
function removeOrphans() {
  if (!existsSync(places.dist)) return;
  const kept = new Set(sources().map((file) => file.replace(/\.ts$/, '.js')));
  for (const entry of readdirSync(places.dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const script = relative(places.dist, path).replace(/\.map$/, '');
    if (!entry.isFile() || !script.endsWith('.js') || kept.has(script)) continue;
    // A script with a map came from tsc; others (the workflow bundle) are made by our own programs.
    if (
      existsSync(join(places.dist, `${script}.map`)) &&
      readFileSync(join(places.dist, script), 'utf8').endsWith('.js.map')
    ) {
      rmSync(join(places.dist, script), { force: true });
      rmSync(join(places.dist, `${script}.map`), { force: true });
    }
  }
}

function commandLinked() {
  try {
    return lstatSync(command).isSymbolicLink() && readlinkSync(command) === commandTarget;
  } catch {
    return false;
  }
}

/** `npx graftwork` in the checkout runs the checkout's own command. */
function linkCommand() {
  if (commandLinked()) return;
  rmSync(command, { force: true });
  mkdirSync(dirname(command), { recursive: true });
  symlinkSync(commandTarget, command);
}
