import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inShell } from './inShell.js';

test('what is pasted into a shell is one word there, whatever a bucket’s owner called it', () => {
  const quoted = ["s3://b/it's; rm -rf $(pwd) `x`", '', 's3://b/a b\n'].map(inShell);
  assert.deepEqual(quoted, ["'s3://b/it'\\''s; rm -rf $(pwd) `x`'", "''", "'s3://b/a b\n'"]);
  assert.equal(inShell('s3://photos/birds_2.v1/train'), 's3://photos/birds_2.v1/train');
});
