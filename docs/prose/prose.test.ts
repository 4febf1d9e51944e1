import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintProse } from './lintProse.js';
import { commentsOfCode, helpTexts, markdownFiles, messages, textOfFile, type Text } from './texts.js';

/** Every finding, with where it is. */
async function findings(texts: readonly Text[]): Promise<string[]> {
  const found = await Promise.all(
    texts.map(async ({ place, line: first, text }) =>
      (await lintProse(text)).map(({ line, text: what }) =>
        first === undefined ? `${place}: ${what}` : `${place}:${first + line - 1}: ${what}`,
      ),
    ),
  );
  return found.flat();
}

async function assertPlain(texts: readonly Text[]): Promise<void> {
  assert(texts.length > 0);
  const found = await findings(texts);
  assert.equal(found.length, 0, `${found.length} sentences to rewrite:\n${found.join('\n')}`);
}

for (const place of markdownFiles()) {
  test(`plain sentences in ${place}`, async () => {
    await assertPlain([{ place, line: 1, text: textOfFile(place) }]);
  });
}

test('plain sentences in the comments of docs/api.md', async () => {
  await assertPlain(commentsOfCode('docs/api.md'));
});

test('plain sentences in the help of every command', async () => {
  await assertPlain(helpTexts());
});

test('plain sentences in messages', async () => {
  await assertPlain(messages());
});
