/** What the machine has to bring. All missing things are reported at once, each with its remedy. */
import { mkdirSync, statfsSync } from 'node:fs';
import { run } from './command.mjs';
import { home } from './places.mjs';
import { SetupError } from './setupError.mjs';

const GIB = 2 ** 30;

/** @typedef {{program: string, env: NodeJS.ProcessEnv}} Python */

export function requireNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 9)) return;
  throw new SetupError(`Node ${version} is too old: 20.9 or later is needed`, 'Install a current Node LTS release.');
}

/**
 * @param {{python: boolean, compiler: boolean, diskGiB: number}} needs what the pending steps need
 * @returns {Promise<{python: string | undefined, compiler: string | undefined}>} the programs found
 */
export async function requirePrograms(needs) {
  /** @type {SetupError[]} */
  const missing = [];
  /**
   * @template T
   * @param {boolean} needed
   * @param {() => T | Promise<T>} find
   */
  const attempt = async (needed, find) => {
    if (!needed) return undefined;
    try {
      return await find();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      missing.push(error);
      return undefined;
    }
  };
  const python = await attempt(needs.python, findPython);
  const compiler = await attempt(needs.compiler, findCompiler);
  await attempt(needs.diskGiB > 0, () => requireDisk(needs.diskGiB));
  const [first, ...more] = missing;
  if (first === undefined) return { python, compiler };
  if (more.length === 0) throw first;
  const list = missing.map((one) => `  - ${one.message}\n    ${one.remedy}`).join('\n');
  throw new SetupError(`${missing.length} things are missing:\n${list}`, 'Then run the same command again.');
}

/** @returns {Promise<string>} a Python ≥ 3.9 that has pip ≥ 21 (the first that takes several `--platform`s reliably) */
async function findPython() {
  const remedy =
    process.platform === 'darwin'
      ? 'Install it with `brew install python`.'
      : 'Install it, for example with `apt-get install python3 python3-pip python3-venv` or `dnf install python3-pip`.';
  const probe = 'import sys; print("%d.%d" % sys.version_info[:2])';
  /** @type {SetupError | undefined} */
  let problem;
  for (const program of ['python3', 'python']) {
    const python = await run(program, ['-c', probe]);
    if (python.code !== 0) continue;
    const [major = 0, minor = 0] = python.output.trim().split('.').map(Number);
    if (major < 3 || (major === 3 && minor < 9)) {
      problem ??= new SetupError(
        `Python ${python.output.trim()} (${program}) is too old: 3.9 or later is needed`,
        remedy,
      );
      continue;
    }
    const pip = await run(program, ['-m', 'pip', '--version']);
    const version = /^pip (\d+)/m.exec(pip.output)?.[1];
    if (pip.code === 0 && Number(version) >= 21) return program;
    problem = new SetupError(
      pip.code === 0 ? `pip ${version} is too old: 21 or later is needed` : `pip is missing (${program} -m pip fails)`,
      pip.code === 0 ? `Update it with \`${program} -m pip install --upgrade pip\`.` : remedy,
    );
  }
  throw problem ?? new SetupError('Python is missing: python3 3.9 or later, with pip, is needed', remedy);
}

async function findCompiler() {
  for (const program of [process.env.CXX, 'c++', 'g++', 'clang++']) {
    if (program && (await run(program, ['--version'])).code === 0) return program;
  }
  throw new SetupError(
    'a C++ compiler is missing: none of c++, g++ and clang++ runs',
    process.platform === 'darwin'
      ? 'Install the command line tools with `xcode-select --install`.'
      : 'Install one, for example with `apt-get install g++` or `dnf install gcc-c++`.',
  );
}

/** @param {number} needed GiB */
function requireDisk(needed) {
  mkdirSync(home, { recursive: true });
  const { bavail, bsize } = statfsSync(home);
  const free = (bavail * bsize) / GIB;
  if (free >= needed) return;
  throw new SetupError(
    `not enough disk space: ${free.toFixed(1)} GiB are free at ${home}, ${needed} GiB are needed`,
    'Free some space, or clone the repository onto a larger disk.',
  );
}
