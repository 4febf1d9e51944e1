/**
 * Groups of test files that share a process, so that what they import (TensorFlow, the AWS SDK, Temporal's workers) is loaded once
 * a group. Groups of files with an S3 server share that as well.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** More groups share less; with fewer, the last one runs alone for longer. */
const [mostGroups, mostS3Groups, mostTemporalGroups] = [16, 6, 3];

/** The start of an S3 server. */
const s3Server = /from '([^']*\/s3Server\.js)'/;

/** Temporal servers of a file's own, with workers in its process. */
const temporalServer = /from '[^']*\/temporalForTests\.js'/;

/** What steers processes or connections of its own, or has workers, is left alone with them. */
const alone = /from '(?:node:child_process|[^']*\/(?:stacks\/[^']*|faultProxy\.js))'/;

/** Of the files with a Temporal server, those that start processes, or workers in processes. */
const startsProcesses = /from '(?:node:child_process|[^']*\/(?:ownedProcess|stackForTests|workersForTests)\.js)'/;

/** Address of the module that ends what the runner does for each promise. */
const tracking = new URL('./testTracking.mjs', import.meta.url).href;

/** @typedef {{cwd: string, folder: string}} Where where names of suites are relative to, and where to write groups */

/**
 * Writes a file for each group, which runs its members one after another. A member is a suite: its hooks are its own.
 *
 * @param {string[]} files in an order in which neighbours import alike
 * @param {Where} where
 * @param {string[]} [long] names of files that take long: their groups run first, so that no other one waits for them at the end
 * @returns {string[]} the groups' files; up to 16 files are each their own group
 */
export function testGroups(files, where, long = []) {
  if (files.length <= mostGroups) return files;
  const groups = Array.from({ length: mostGroups }, (_, group) => {
    const [from, to] = [group, group + 1].map((edge) => Math.round((edge * files.length) / mostGroups));
    return files.slice(from, to);
  });
  const takesLong = (/** @type {string[]} */ group) => group.some((file) => long.includes(basename(file, '.test.js')));
  return [...groups.filter(takesLong), ...groups.filter((group) => !takesLong(group))].map((group, index) =>
    written(`group-${String(index + 1).padStart(2, '0')}`, groupText(group, where), where),
  );
}

/**
 * Groups of the files that need an S3 server and nothing else that runs. A group's server lasts as long as its process.
 *
 * @param {string[]} files
 * @param {Where} where
 * @returns {string[]} the groups' files, then the files that are in none; up to 6 files are each their own group
 */
export function s3TestGroups(files, where) {
  const servers = new Map(files.flatMap((file) => [...s3ServerOf(file)]));
  const members = [...servers.keys()];
  if (members.length <= mostS3Groups) return files;
  const groups = dealt(members, mostS3Groups).map((own, group) => {
    const text = groupText(own, where, serverText(servers.get(own[0] ?? '') ?? ''));
    return written(`s3-group-${group + 1}`, text, where);
  });
  return [...groups, ...files.filter((file) => !servers.has(file))];
}

/**
 * Groups of the files with a Temporal server of their own and workers in their process.
 *
 * @param {string[]} files
 * @param {Where} where
 * @returns {string[]} the groups' files, then the files that are in none; up to 3 files are each their own group
 */
export function temporalTestGroups(files, where) {
  const members = files.filter((file) => {
    const text = readFileSync(file, 'utf8');
    return temporalServer.test(text) && !startsProcesses.test(text);
  });
  if (members.length <= mostTemporalGroups) return files;
  const groups = dealt(members, mostTemporalGroups).map((own, group) =>
    written(`temporal-group-${group + 1}`, groupText(own, where), where),
  );
  return [...groups, ...files.filter((file) => !members.includes(file))];
}

/** Files of one room take about as long: each group gets its share of each room. @param {string[]} files @param {number} groups */
function dealt(files, groups) {
  return Array.from({ length: groups }, (_, group) => files.filter((_, index) => index % groups === group));
}

/**
 * Node's runner sorts files by their paths: `group-…`, `long-…`, `s3-group-…`, `temporal-group-…`, `tests-…`, then those in dist/.
 * These run before the others, in their order.
 *
 * @param {string[]} first
 * @param {string[]} others
 * @param {Where} where
 * @returns {string[]} a numbered file for each of the first, then the others
 */
export function firstOf(first, others, where) {
  if (others.length === 0) return first;
  const numbered = first.map((file, index) =>
    written(`long-${String(index).padStart(2, '0')}-${basename(file, '.test.js')}`, groupText([file], where), where),
  );
  return [...numbered, ...others];
}

/**
 * Groups of one, for the files that are in none: in a group the runner does not follow each promise.
 *
 * @param {string[]} files
 * @param {Where} where
 * @returns {string[]} the groups' files, in the same order
 */
export function groupsOfOne(files, where) {
  return files.map((file, index) =>
    file.startsWith(where.folder)
      ? file
      : written(
          `tests-${String(index).padStart(2, '0')}-${basename(file, '.test.js')}`,
          groupText([file], where),
          where,
        ),
  );
}

/**
 * @param {string} file
 * @returns {Array<[string, string]>} the file and what it starts the server with, if it needs that alone
 */
function s3ServerOf(file) {
  const text = readFileSync(file, 'utf8');
  const server = s3Server.exec(text)?.[1];
  return server === undefined || alone.test(text) ? [] : [[file, new URL(server, pathToFileURL(file)).href]];
}

/** @param {string} server address of the module that starts it */
function serverText(server) {
  return `const { s3Unavailable, startS3Server } = await import(${JSON.stringify(server)});
if (!s3Unavailable) {
  const server = await startS3Server();
  after(() => server.stop());
}
`;
}

/**
 * @param {string[]} files
 * @param {Where} where
 * @param {string} [before] what is done before the first of them
 */
function groupText(files, { cwd }, before = '') {
  const suites = files.map((file) => {
    const [name, url] = [relative(cwd, file), pathToFileURL(file).href].map((text) => JSON.stringify(text));
    return `describe(${name}, () => import(${url}).finally(known));\n`;
  });
  return `import { endTrackingAfter } from ${JSON.stringify(tracking)};
const { after, describe } = await import('node:test');
${before}const known = endTrackingAfter(${files.length});
${suites.join('')}`;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {Where} where
 * @returns {string} the group's file
 */
function written(name, text, { folder }) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.test.mjs`);
  writeFileSync(path, text);
  return path;
}
