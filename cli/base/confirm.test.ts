import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { confirmed } from './confirm.js';

/** @param typed null: the input ends without an answer */
async function asked(typed: string | null, isTTY = true): Promise<{ yes: boolean; shown: string }> {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  input.end(typed ?? '');
  const yes = await confirmed('Forget it?', { input, output });
  return { yes, shown: String(output.read() ?? '') };
}

test('a person at a terminal is asked, and only a clear yes is one', async () => {
  for (const [typed, expected] of [
    ['y\n', true],
    ['YES\n', true],
    ['\n', false],
    ['n\n', false],
    ['yesterday\n', false],
    [null, false],
  ] as const) {
    const { yes, shown } = await asked(typed);
    assert.equal(yes, expected, JSON.stringify(typed));
    assert.match(shown, /Forget it\? \[y\/N\]/);
  }
});

test('a script is not asked', async () => {
  assert.deepEqual(await asked(null, false), { yes: true, shown: '' });
});
