/** What the machine brings: Node, Python and a compiler for the setup, room on the disk. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { bytes } from '../../client/text/format.js';
import { fail, ok, warn } from './check.js';
import type { Check } from './check.js';

/** Below this much free space a setup may not fit, in bytes. */
const roomWanted = 4e9;

export function checkNode(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 9)
    ? ok('node', version)
    : fail('node', `${version} is too old`, 'Install Node 20.9 or later.');
}

/** Python and the compiler are needed by the setup only, so their absence is a warning once everything is installed. */
export async function checkPython(needed: boolean): Promise<Check> {
  const python = await firstLine('python3', ['--version']);
  const pip = python === undefined ? undefined : await firstLine('python3', ['-m', 'pip', '--version']);
  if (python !== undefined && pip !== undefined) return ok('python', `${python}, ${pip.split(' from ')[0] ?? pip}`);
  return (needed ? fail : warn)(
    'python',
    python === undefined ? 'python3 is missing' : `${python} has no pip`,
    'The setup needs Python 3.9 or later with pip, for example apt-get install python3 python3-pip',
  );
}

export async function checkCompiler(needed: boolean): Promise<Check> {
  for (const compiler of [process.env.CXX, 'c++', 'g++', 'clang++']) {
    const version = compiler === undefined ? undefined : await firstLine(compiler, ['--version']);
    if (version !== undefined) return ok('compiler', version);
  }
  return (needed ? fail : warn)(
    'compiler',
    'no C++ compiler found',
    'The setup needs one, for example apt-get install g++ (on macOS xcode-select --install).',
  );
}

export async function checkDisk(home: string): Promise<Check> {
  let folder = home;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  return free >= roomWanted
    ? ok('disk', `${bytes(free)} free at ${folder}`)
    : warn(
        'disk',
        `only ${bytes(free)} free at ${folder}`,
        `Free some space; ${home}/cache may be deleted at any time.`,
      );
}

/** The first line a program prints, or undefined when it does not run. */
export async function firstLine(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: 20_000 });
    return stdout.split('\n')[0]?.trim();
  } catch {
    return undefined;
  }
}
