/** No two folders of sources import each other, not even by way of others: each can be read before those that use it. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { test } from 'node:test';
import { checkout } from '../setup/places.mjs';

const tops = ['activities', 'cli', 'client', 'codec', 'contracts', 'learning', 'storage', 'telemetry', 'workflows'];

/** @param {string} file relative to the checkout @returns its first two folders */
const folderOf = (file) => dirname(file).split(sep).slice(0, 2).join('/');

/** @returns {Map<string, Set<string>>} by folder, the folders it imports from */
function imports() {
  const found = new Map();
  for (const top of tops) {
    for (const name of readdirSync(join(checkout, top), { recursive: true, encoding: 'utf8' })) {
      const file = join(top, name);
      if (!/(?<!\.test)\.ts$/.test(file)) continue;
      const from = folderOf(file);
      const source = readFileSync(join(checkout, file), 'utf8');
      for (const [, path = ''] of source.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
        const to = folderOf(normalize(join(dirname(file), path)));
        if (to === from || !tops.includes(to.split('/')[0] ?? '')) continue;
        found.set(from, (found.get(from) ?? new Set()).add(to));
      }
    }
  }
  return found;
}

/** @param {Map<string, Set<string>>} arrows @returns {string[] | undefined} a circle, if there is one */
function circleIn(arrows) {
  const done = new Set();
  /** @param {string} folder @param {string[]} path @returns {string[] | undefined} */
  const search = (folder, path) => {
    if (path.includes(folder)) return [...path.slice(path.indexOf(folder)), folder];
    if (done.has(folder)) return undefined;
    for (const next of arrows.get(folder) ?? []) {
      const circle = search(next, [...path, folder]);
      if (circle !== undefined) return circle;
    }
    done.add(folder);
    return undefined;
  };
  for (const folder of arrows.keys()) {
    const circle = search(folder, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test('folders import each other in one direction', () => {
  const arrows = imports();
  assert.ok(arrows.size > 20, 'the sources are found');
  assert.deepEqual(circleIn(arrows), undefined);
});

test('a circle is found, also by way of a third folder', () => {
  const arrows = (/** @type {Record<string, string[]>} */ of) =>
    new Map(Object.entries(of).map(([from, to]) => [from, new Set(to)]));
  assert.deepEqual(circleIn(arrows({ a: ['b'], b: ['c'], c: ['a'] })), ['a', 'b', 'c', 'a']);
  assert.equal(circleIn(arrows({ a: ['b', 'c'], b: ['c'] })), undefined);
});
