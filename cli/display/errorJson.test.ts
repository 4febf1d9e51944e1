import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { errorJson } from './errorJson.js';

const error = new GraftworkError('GW_S3_BUCKET_MISSING', 'there is no bucket b', { remedy: 'Create it.' });

test('a program gets code, message and remedy', () => {
  assert.deepEqual(errorJson(error), {
    error: { code: 'GW_S3_BUCKET_MISSING', message: 'there is no bucket b', remedy: 'Create it.' },
  });
});
