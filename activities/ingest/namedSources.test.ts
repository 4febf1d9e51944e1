import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { withSourceNames } from './namedSources.js';

const [called, unknown, listed] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];

test('a failure names an uploaded folder, and files in it, as the person does', async () => {
  const store = new MemoryS3().store('own');
  await store.putJson(objectKeys.uploadUse(called), { format: 1, files: 3, from: 'photos/' });
  await store.putJson(objectKeys.uploadUse(listed), { format: 1, files: 3, from: 'my/half.csv' });
  const at = (digest: string) => `s3://own/uploads/${digest}`;
  for (const [message, expected] of [
    [`All 3 images at ${at(called)} are copies.`, 'All 3 images at photos/ are copies.'],
    [`${at(called)}/m.csv, line 3: no label.`, 'photos/m.csv, line 3: no label.'],
    [
      `In ${at(listed)}/half.csv: no object at ${at(listed)}/pics/d0.jpg.`,
      'In my/half.csv: no object at my/pics/d0.jpg.',
    ],
    [`There is nothing at ${at(unknown)}.`, 'There is nothing at upload bbbbbbbbbbbb.'],
    ['s3://own/photos has no test split.', 's3://own/photos has no test split.'],
  ] as const) {
    const failing = () => Promise.reject(new GraftworkError('GW_DATASET_INVALID', message, { remedy: 'Look.' }));
    await assert.rejects(withSourceNames({ store }, 'train-1', failing), {
      code: 'GW_DATASET_INVALID',
      message: expected,
      remedy: 'Look.',
    });
  }
});
