/** The manifest of the package that others install, made of the checkout's. */
import { posix } from 'node:path';

/** What of the checkout's manifest is the package's as well. */
const kept = ['name', 'version', 'description', 'license', 'type', 'engines'];

/** @typedef {{dependencies: Record<string, string>} & Record<string, unknown>} Manifest */

/**
 * The package is the client: its library, its types and the command. It has no scripts, and depends on what it imports, so
 * that nothing is compiled or downloaded where it is installed.
 *
 * @param {Manifest} checkout package.json of the checkout
 * @param {{files: readonly string[], packages: readonly string[]}} content files relative to the checkout; packages imported
 * @throws Error for an imported package that is no dependency of the checkout
 */
export function packedManifest(checkout, { files, packages }) {
  const dependencies = Object.fromEntries(
    packages.map((name) => {
      const version = checkout.dependencies[name];
      if (version === undefined) throw new Error(`${name} is imported but is not a dependency`);
      return [name, version];
    }),
  );
  return {
    ...Object.fromEntries(kept.map((key) => [key, checkout[key]])),
    // Only here: with a `bin` in the checkout's manifest npx would install the checkout into its own cache first.
    bin: { graftwork: 'bin/graftwork.mjs' },
    exports: {
      '.': { types: './dist/types/client/index.d.ts', default: './dist/client/index.js' },
      './package.json': './package.json',
    },
    files: patternsOf(files),
    dependencies,
  };
}

/**
 * A pattern for each folder: npm compares every file of the checkout with every entry of `files`, which takes it 6 s with an
 * entry for each of 700 files.
 *
 * @param {readonly string[]} files relative to the checkout, without characters that a pattern has a use for
 * @returns {string[]}
 */
function patternsOf(files) {
  /** @type {Map<string, string[]>} */
  const byFolder = new Map();
  for (const file of files) {
    const { dir, base } = posix.parse(file);
    byFolder.set(dir, [...(byFolder.get(dir) ?? []), base]);
  }
  return [...byFolder].flatMap(([folder, names]) =>
    // Without a folder a pattern would be one of names in any folder.
    folder === '' ? names : `${folder}/@(${names.join('|')})`,
  );
}
