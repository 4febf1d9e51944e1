import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintProse } from './lintProse.js';

const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');

test('a sentence of 26 words is found with its line, one of 25 is not', async () => {
  assert.deepEqual(await lintProse(`# Title\n\n${words(25)}.`), []);
  const [finding, ...others] = await lintProse(`# Title\n\nFirst.\n${words(26)}.`);
  assert.deepEqual(others, []);
  assert.equal(finding?.line, 4);
  assert.match(finding.text, /^26 words, at most 25: word0 /);
});

test('sentences end at a stop, at a colon before a capital, and after a lead-in that stands out', async () => {
  for (const between of ['. ', '? ', ': The ', '. `code` ', ' 1.5. The ', ' 30 s. The ', ' (so). The '])
    assert.deepEqual(await lintProse(`W${words(20)}${between}${words(20)}.`), []);
  assert.deepEqual(await lintProse(`**Stopping here.** ${words(25)}.`), []);
  for (const between of [' e.g. ', ': ', '; ', ' 1.5 ']) {
    assert.equal((await lintProse(`${words(13)}${between}${words(13)}.`)).length, 1, between);
  }
});

test('a piece of code and a link count as what is read of them; blocks of code do not count', async () => {
  assert.deepEqual(await lintProse(`${words(24)} \`${words(9)}\`.`), []);
  assert.deepEqual(await lintProse(`${words(23)} [two words](https://example.org/a?b=c).`), []);
  assert.deepEqual(await lintProse(`\`\`\`\n${words(99)}\n\`\`\``), []);
});

test('list items and cells of tables are checked, too', async () => {
  assert.equal((await lintProse(`- one\n- ${words(26)}`)).length, 1);
  assert.equal((await lintProse(`| a | b |\n|---|---|\n| c | ${words(26)} |`)).length, 1);
});

test('words to avoid are found with what to write instead, and not in code', async () => {
  const [finding] = await lintProse('All is well.\n\nThe caller is told\nwhat failed.');
  assert.equal(finding?.line, 3);
  assert.match(finding.text, /“told”, use “reported” instead: .*The caller is told what failed/);
  assert.equal((await lintProse('It tried in\nvain.')).length, 1);
  assert.deepEqual(await lintProse('`told` and amended are fine.'), []);
});
