/** What the package holds: the client's modules and their types, the command, licence and README. Found by following imports. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, tail } from '../setup/command.mjs';
import { checkout, places } from '../setup/places.mjs';
import { SetupError } from '../setup/setupError.mjs';
import { closureOf } from './closure.mjs';

/** Programs and the library; the failure converter is loaded by its path. */
const entries = ['dist/cli/main.js', 'dist/client/index.js', 'dist/codec/failureConverter.cjs', 'bin/graftwork.mjs'];

/** Writes the declarations of the library's modules to dist/types. */
export async function writeTypes() {
  const project = join(checkout, 'infra', 'package', 'tsconfig.json');
  const { code, output } = await run(process.execPath, [places.compiler, '-p', project], { cwd: checkout });
  if (code !== 0)
    throw new SetupError(`the types cannot be written:\n${tail(output, 30)}`, 'Correct the errors above.');
}

export function codeOfPackage() {
  return closureOf(checkout, entries);
}

/** @returns {{files: string[], packages: string[]}} relative to the checkout, with what `npm pack` adds by itself left out */
export function packageContent() {
  const code = codeOfPackage();
  const types = closureOf(checkout, ['dist/types/client/index.d.ts'], declarationOf);
  return {
    files: [...code.files, ...types.files, 'SECURITY.md', 'CONTRIBUTING.md', ...pages()],
    packages: [...new Set([...code.packages, ...types.packages])].sort(),
  };
}

/** What the README leads to. */
function pages() {
  const names = readdirSync(join(checkout, 'docs')).filter((name) => name.endsWith('.md'));
  return names.map((name) => `docs/${name}`);
}

/** `./names.js`, as a declaration names it, is `./names.d.ts`. @param {string} path */
function declarationOf(path) {
  const declaration = path.replace(/\.js$/, '.d.ts');
  return existsSync(declaration) ? declaration : path;
}
