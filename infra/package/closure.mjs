/** Which modules an entry needs: what it imports, at once or later, and what these import. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/**
 * @param {string} root
 * @param {readonly string[]} entries files below `root`
 * @param {(path: string) => string} fileOf the file that an imported path means
 * @returns {{files: string[], packages: string[]}} files relative to `root` and names of packages, both in order
 */
export function closureOf(root, entries, fileOf = (path) => path) {
  /** @type {Set<string>} */
  const files = new Set();
  /** @type {Set<string>} */
  const packages = new Set();
  const visit = (/** @type {string} */ path) => {
    const file = fileOf(path);
    if (files.has(file)) return;
    if (!existsSync(file)) throw new Error(`${relative(root, file)} is imported but does not exist`);
    files.add(file);
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles) {
      if (fileName.startsWith('.')) visit(join(dirname(file), fileName));
      else if (!fileName.startsWith('node:')) packages.add(packageOf(fileName));
    }
  };
  for (const entry of entries) visit(join(root, entry));
  return { files: [...files].map((file) => relative(root, file)).sort(), packages: [...packages].sort() };
}

/** `@scope/name/lib/part.js` → `@scope/name` @param {string} specifier */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
