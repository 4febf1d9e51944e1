/** Folders without classes that hold a list of labels, on this machine and in a bucket. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { findSource } from '../../activities/ingest/datasetSource.js';
import type { GraftworkError } from '../../contracts/errors.js';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { requireTrainable } from './source.js';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'graftwork-lists-'));
});
after(() => rm(root, { recursive: true, force: true }));

/** How the files are refused, here and in a bucket; each with its address for `@`. */
async function refusals(name: string, files: Record<string, string>): Promise<GraftworkError[]> {
  const store = new MemoryS3().store('photos');
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name, path)), { recursive: true });
    await writeFile(join(root, name, path), content);
    await store.put(`${name}/${path}`, Buffer.from(content));
  }
  const dataset = datasetSpecSchema.parse({ uri: `s3://photos/${name}`, splits: { validation: 0.15, test: 0.2 } });
  const refused = async (work: Promise<unknown>): Promise<GraftworkError> =>
    work.then(
      () => assert.fail(`${name} was taken`),
      (thrown: unknown) => thrown as GraftworkError,
    );
  return [
    await refused(requireTrainable(join(root, name))),
    await refused(findSource(store, dataset, new AbortController().signal)),
  ];
}

const addresses = () => [root, 's3://photos'];

test('a folder without classes names its list, and the command that uses it', async () => {
  for (const [name, list, text, example] of [
    ['plain', 'labels.csv', 'filename,label\nimages/1.jpg,cat\nimages/2.jpg,dog\n'],
    ['bare', 'labels.csv', 'filename,label\n1.jpg,cat\n2.jpg,dog\n', 'images/1.jpg'],
    [
      'long',
      'labels.csv',
      `id;category\n${Array.from({ length: 9000 }, (_, row) => `${row};dog\n`).join('')}`,
      'images/1.jpg',
    ],
    ['wrong-later', 'train.txt', 'file\tclass\na\tb\nb\tb\nc\tb\nd\tb\ne\tb\na\tb\n'],
    ['lines', 'metadata.jsonl', '{"file_name":"1.jpg","label":"cat"}\n', 'images/1.jpg'],
    ['my photos', 'labels.csv', 'img,target\nimages/1.jpg,cat\n'],
  ] as const) {
    const failures = await refusals(name, { [list]: text, 'images/1.jpg': '', 'images/2.jpg': '', 'notes.txt': 'Hi!' });
    for (const [index, { code, message, remedy }] of failures.entries()) {
      assert.equal(code, 'GW_DATASET_INVALID');
      assert.match(message, /are of one class, "images"/);
      assert(message.endsWith(` ${JSON.stringify(list)} lists pictures with labels.`), message);
      const address = `${addresses()[index]}/${name}/${list}`;
      const command = `npx graftwork train ${name.includes(' ') ? `'${address}'` : address}`;
      const correct = example === undefined ? '' : `In "${list}", write paths as they are, like "${example}". `;
      assert.equal(remedy, `${correct}Give the list instead of the folder: ${command}`);
    }
  }
});

test('splits without classes name it too, and of several lists the one of labels first', async () => {
  const files = { 'train/1.jpg': '', 'test/2.jpg': '', 'a.csv': 'id,label\n2,x\n', 'train.csv': 'id,label\n1,x\n' };
  for (const { message, remedy } of await refusals('splits', files)) {
    assert.match(
      message,
      /"train" holds pictures without class folders.* "train\.csv", "a\.csv" list pictures with labels\./,
    );
    assert.match(
      remedy ?? '',
      /^In "train\.csv", write .* like "train\/1\.jpg"\. Give one list instead of the folder: npx graftwork train \S+\/splits\/train\.csv$/,
    );
  }
});

test('a text that is no list changes nothing', async () => {
  for (const { remedy } of await refusals('none', {
    'images/1.jpg': '',
    'images/2.jpg': '',
    'sizes.csv': 'id,bytes\n1,2\n',
  })) {
    assert.match(remedy ?? '', /^Add a folder with pictures/);
  }
});
