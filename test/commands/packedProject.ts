/** An empty project with the package that `npm pack` makes: installed as npm does it, with this checkout's copies of what it depends on. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { version } from '../../client/connection/version.js';
import { checkout } from '../../infra/stack.js';
import type { Outcome } from '../stacks/runCommand.js';

const run = promisify(execFile);

export class PackedProject {
  private constructor(readonly folder: string) {}

  static async make(): Promise<PackedProject> {
    const project = new PackedProject(await mkdtemp(join(tmpdir(), 'graftwork-project-')));
    const { folder } = project;
    await run('npm', ['pack', '--pack-destination', folder, '--silent'], { cwd: checkout });
    const modules = join(folder, 'node_modules');
    await mkdir(join(modules, '.bin'), { recursive: true });
    await mkdir(join(modules, 'graftwork'));
    const tarball = join(folder, `graftwork-${version}.tgz`);
    await run('tar', ['xzf', tarball, '--strip-components', '1', '-C', join(modules, 'graftwork')]);
    const { bin, dependencies } = JSON.parse(await readFile(join(modules, 'graftwork', 'package.json'), 'utf8')) as {
      bin: Record<string, string>;
      dependencies: Record<string, string>;
    };
    // What it imports and does not name is not found here.
    for (const name of [...Object.keys(dependencies), '@types/node']) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(checkout, 'node_modules', name), join(modules, name));
    }
    for (const [name, file] of Object.entries(bin)) {
      await symlink(join('..', 'graftwork', file), join(modules, '.bin', name));
    }
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true }));
    return project;
  }

  /** The first block of code in the README that begins with this line. */
  async copyFromReadme(beginning: string, name: string): Promise<void> {
    const readme = await readFile(join(this.folder, 'node_modules', 'graftwork', 'README.md'), 'utf8');
    const block = readme.split('```').find((part) => part.slice(part.indexOf('\n') + 1).startsWith(beginning));
    if (block === undefined) throw new Error(`the README has no code that begins with ${beginning}`);
    await writeFile(join(this.folder, name), block.slice(block.indexOf('\n') + 1));
  }

  /** Runs a program in the project, without colours, with these variables of Graftwork's and none of the caller's. */
  async call(program: string, args: readonly string[], variables: Record<string, string> = {}): Promise<Outcome> {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|TEMPORAL|GRAFTWORK|npm)_/.test(name));
    const env = { ...Object.fromEntries(inherited), NO_COLOR: '1', ...variables };
    return run(program, args, { cwd: this.folder, env, maxBuffer: 1e8 }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: Outcome) => ({ code, stdout, stderr }),
    );
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
