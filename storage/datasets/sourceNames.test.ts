import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { sourceNames } from './sourceNames.js';

const [called, older, damaged] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];

test('an uploaded folder is called what the person called it; other sources by their address', async () => {
  const uses: Record<string, object> = {
    [objectKeys.uploadUse(called)]: { format: 1, files: 3, from: 'photos/' },
    [objectKeys.uploadUse(older)]: { format: 1, files: 3 },
  };
  const asked: string[] = [];
  const store = {
    bucket: 'own.bucket',
    getJsonIfPresent: (key: string) => {
      asked.push(key);
      if (key.includes(damaged)) return Promise.reject(new GraftworkError('GW_CORRUPT', 'damaged'));
      return Promise.resolve(uses[key] as never);
    },
  };
  const uris = [called, older, damaged].map((digest) => `s3://own.bucket/uploads/${digest}`);
  const others = ['s3://own.bucket/photos', `s3://other/uploads/${called}`, `s3://own.bucket/uploads/${called}0`];
  const all = [...uris, ...uris, `${uris[0]}/labels.csv`, ...others];
  const named = await sourceNames(
    store,
    all.map((uri) => ({ uri })),
  );
  const names = (of: readonly string[]) => of.map((uri) => named(uri));
  assert.deepEqual(names([...uris, `${uris[0]}/labels.csv`]), [
    'photos/',
    'upload bbbbbbbbbbbb',
    'upload cccccccccccc',
    'photos/labels.csv',
  ]);
  assert.deepEqual(names(others), others);
  assert.equal(asked.length, 3, 'each is looked up once');
});
