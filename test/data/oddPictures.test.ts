/** Pictures that a network may not see as a person does, found by the ingest on a real S3 server. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { ingestAt, uploadShared } from '../fixtures/ingestForTests.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';

describe('odd pictures', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let store: ObjectStore;

  before(async () => {
    server = await startS3Server();
    store = server.store;
    await uploadShared(store, 'datasets/tiny', 'tiny');
  });
  after(() => server.stop());

  const ingest = (prefix: string) => ingestAt(server, prefix);

  test('pictures of an unusual range are counted and named, also when the source was seen before', async () => {
    await uploadShared(store, 'odd-inputs/dark', 'dark/a');
    for (const index of [1, 2, 3, 4]) {
      const plain = sharp({ create: { width: 16, height: 16, channels: 3, background: `#${index}08020` } });
      await store.put(`dark/b/${index}.png`, await plain.png().toBuffer());
    }
    const expected = { count: 3, examples: ['a/float32.tif', 'a/grey12in16.png', 'a/grey12in16.tif'] };
    assert.deepEqual((await ingest('dark')).unusualRange, expected);
    const again = await ingest('dark');
    assert.deepEqual([again.reused, again.unusualRange], [true, expected]);
    assert.equal('unusualRange' in (await ingest('tiny')), false);
  });

  test('animated and transparent pictures are counted and named, also when the source was seen before', async () => {
    for (const [name, file] of [
      ['a/1.gif', 'ok-animated.gif'],
      ['a/2.webp', 'ok-animated.webp'],
      ['a/3.jpg', 'ok-plain.jpg'],
      ['b/1.png', 'ok-alpha.png'],
      ['b/2.png', 'ok-16bit.png'],
    ] as const) {
      await store.put(`odd/${name}`, await readFile(sharedData(`bad-inputs/${file}`)));
    }
    for (const reused of [false, true]) {
      const found = await ingest('odd');
      assert.equal(found.reused, reused);
      assert.deepEqual(found.animated, { count: 2, examples: ['a/1.gif', 'a/2.webp'] });
      assert.deepEqual(found.transparent, { count: 1, examples: ['b/1.png'] });
    }
  });
});
