/** Where this checkout and its programs are. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackError } from './stackError.js';

/** The nearest folder above with a package.json: the same from infra/ and from dist/infra/. */
function findCheckout(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new StackError('no package.json above the program', 'Run it from a checkout.');
    folder = above;
  }
  return folder;
}

export const checkout = findCheckout();

/** False in an installed package, which is the client alone: the setup, the embedded stack and the workers are not in it. */
export const isCheckout = existsSync(join(checkout, 'infra', 'run.mjs'));

/**
 * Graftwork's own folder: GRAFTWORK_HOME, else `.graftwork` of the checkout. An installed package's is that of the working
 * folder: its own folder is npm's. Absolute.
 */
export function defaultHome(): string {
  const configured = process.env.GRAFTWORK_HOME;
  return resolve(configured || join(isCheckout ? checkout : '.', '.graftwork'));
}

export type Tool = 'temporal' | 'temporal-test-server' | 'weed';

/**
 * A pinned program: the setup puts them into the checkout's `.graftwork/tools`; a home elsewhere may bring its own.
 * @throws StackError when it is in neither
 */
export function toolPath(home: string, tool: Tool): string {
  const found = [home, join(checkout, '.graftwork')].map((folder) => join(folder, 'tools', tool)).find(existsSync);
  if (found !== undefined) return found;
  throw new StackError(`${tool} is not installed in this checkout`, 'Run `npm run setup` first.');
}
