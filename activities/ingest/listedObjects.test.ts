/** Lists of images and objects whose names look alike, on an S3 server in memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { findSource } from './datasetSource.js';

const composed = 'img/\u00e9.png';
const decomposed = 'img/e\u0301.png';

async function found(objects: readonly string[], lines: readonly string[], list = 'set/m.csv') {
  const store = new MemoryS3().store('photos');
  for (const key of objects) await store.put(key, Buffer.from(key));
  await store.put(list, Buffer.from(['path,label', ...lines].join('\n')));
  const dataset = datasetSpecSchema.parse({ uri: `s3://photos/${list}`, splits: { validation: 0.15, test: 0.2 } });
  const { files, unusable } = await findSource(store, dataset, new AbortController().signal);
  return {
    files: [...files].map(({ key, className, bytes }) => {
      assert.equal(bytes, Buffer.byteLength(key), 'the facts are those of the object');
      return `${key} ${className}`;
    }),
    missing: unusable.map(({ path }) => path),
  };
}

test('names are matched whatever the form of their accents', async () => {
  for (const [onDisk, inList] of [
    [composed, decomposed],
    [decomposed, composed],
  ] as const) {
    const { files, missing } = await found([`set/${onDisk}`, 'set/img/b.png'], [`${inList},a`, 'img/b.png,b']);
    assert.deepEqual(files.toSorted(), [`set/${onDisk} a`, 'set/img/b.png b'].toSorted());
    assert.deepEqual(missing, []);
  }
});

test('letters that the accents of all names follow are no folder', async () => {
  const { files } = await found(
    ['set/img/\u00e9a.png', 'set/img/\u00e8b.png'],
    ['img/e\u0301a.png,a', 'img/e\u0300b.png,b'],
  );
  assert.equal(files.length, 2);
});

test('where both forms are there, each line means its own', async () => {
  const { files } = await found([`set/${composed}`, `set/${decomposed}`], [`${decomposed},d`, `${composed},c`]);
  assert.deepEqual(files.toSorted(), [`set/${composed} c`, `set/${decomposed} d`].toSorted());
});

test('a folder of the list whose name has accents', async () => {
  const { files } = await found(
    [`h\u00fcte/${composed}`, 'h\u00fcte/img/b.png'],
    [`${decomposed},a`, 'img/b.png,b'],
    'h\u00fcte/m.csv',
  );
  assert.equal(files.length, 2);
});

test('backslashes lead into folders, unless an object has them in its name', async () => {
  const { files } = await found(
    ['set/img/a.png', 'set/img\\b.png', 'set/img/b.png'],
    ['img\\a.png,a', 'img\\b.png,b', '.\\img\\b.png,c'],
  );
  assert.deepEqual(files.toSorted(), ['set/img/a.png a', 'set/img/b.png c', 'set/img\\b.png b']);
});

test('a name with a space at its end', async () => {
  assert.deepEqual((await found(['set/a.png'], ['"a.png ",a'])).files, ['set/a.png a']);
});

test('absolute paths inside the folder of the list, and an address elsewhere', async () => {
  const { files, missing } = await found(
    ['set/img/a.png', 'set/img/b.png', 'other/c.png'],
    [
      '/home/ann/set/img/a.png,a',
      '/home/ann/set/img/b.png,b',
      '/home/ann/set/img/gone.png,b',
      's3://photos/other/c.png,b',
    ],
  );
  assert.deepEqual(files, ['set/img/a.png a', 'set/img/b.png b', 'other/c.png b']);
  assert.deepEqual(missing, ['img/gone.png']);
  const windows = await found(['set/img/a.png', 'set/b.png'], ['C:\\set\\img\\a.png,a', 'C:\\set\\b.png,b']);
  assert.deepEqual(windows.files.toSorted(), ['set/b.png b', 'set/img/a.png a']);
});

test('a list none of whose files is there says so', async () => {
  await assert.rejects(found(['set/img/a.png'], ['set/img/a.png,a', 'set/img/b.png,b']), {
    code: 'GW_DATASET_EMPTY',
    message:
      /s3:\/\/photos\/set\/m\.csv names 2 files, and none of them exists in s3:\/\/photos\/set: "set\/img\/a\.png"/,
    remedy: /relative to the folder of the list/,
  });
});
