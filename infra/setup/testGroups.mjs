/** Groups of test files that share a process, so that what they import (TensorFlow, the AWS SDK) is loaded once a group. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** More groups share less; with fewer, the last one runs alone for longer. */
const mostGroups = 16;

/**
 * Writes a file for each group, which runs its members one after another. A member is a suite: its hooks are its own.
 *
 * @param {string[]} files in an order in which neighbours import alike
 * @param {{cwd: string, folder: string}} where where names of suites are relative to, and where to write
 * @returns {string[]} the groups' files; up to 16 files are each their own group
 */
export function testGroups(files, { cwd, folder }) {
  if (files.length <= mostGroups) return files;
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: mostGroups }, (_, group) => {
    const [from, to] = [group, group + 1].map((edge) => Math.round((edge * files.length) / mostGroups));
    const path = join(folder, `group-${String(group + 1).padStart(2, '0')}.test.mjs`);
    writeFileSync(path, groupText(files.slice(from, to), cwd));
    return path;
  });
}

/**
 * @param {string[]} files
 * @param {string} cwd
 */
function groupText(files, cwd) {
  const suites = files.map((file) => {
    const [name, url] = [relative(cwd, file), pathToFileURL(file).href].map((text) => JSON.stringify(text));
    return `describe(${name}, async () => void (await import(${url})));\n`;
  });
  return `import { describe } from 'node:test';\n${suites.join('')}`;
}
