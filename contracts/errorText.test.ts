import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from './errors.js';
import { errorText } from './errorText.js';

const error = new GraftworkError('GW_S3_BUCKET_MISSING', 'there is no bucket b', {
  remedy: 'Create it.',
  cause: new Error('404'),
});

test('headline, what happened, what to do; a stack only when asked for', () => {
  assert.equal(errorText(error, false), 's3 bucket missing: there is no bucket b (GW_S3_BUCKET_MISSING)\n  Create it.');
  assert.match(errorText(error, true), /errorText\.test/);
  assert.match(errorText(error, true), /caused by Error: 404/);
});
