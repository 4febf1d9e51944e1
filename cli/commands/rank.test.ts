import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgram } from '../program.js';

test('--only without a source is refused before anything is looked at', async () => {
  for (const sources of [[], ['--sources', ',']]) {
    const called = createProgram().parseAsync(['rank', '/no/such/folder', '--only', ...sources], { from: 'user' });
    await assert.rejects(called, { code: 'GW_USAGE', exitCode: 2, message: /^--only needs --sources/ });
  }
});
