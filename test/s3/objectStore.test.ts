/** The object store against a real S3 server. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { s3Unavailable, startS3Server } from './s3Server.js';
import type { S3Server } from './s3Server.js';

const code = (expected: string) => (thrown: unknown) => (thrown as { code?: string }).code === expected;

describe('object store on a real S3 server', { skip: s3Unavailable }, () => {
  let server: S3Server;
  let store: ObjectStore;

  before(async () => {
    server = await startS3Server();
    store = server.store;
    await store.ensureBucket();
  });
  after(() => server.stop());

  test('bytes come back as they went, empty ones too, and absence is something else', async () => {
    const bytes = randomBytes(10_000);
    const etag = await store.put('bytes', bytes);
    assert.deepEqual(await store.get('bytes'), bytes);
    assert.deepEqual(await store.head('bytes'), { key: 'bytes', size: 10_000, etag });
    assert.deepEqual(await store.getRange('bytes', 100, 200), bytes.subarray(100, 200));
    await store.put('empty', '');
    assert.equal((await store.get('empty')).length, 0);
    assert.equal(await store.getIfPresent('nothing'), undefined);
    assert.equal(await store.exists('nothing'), false);
    await assert.rejects(store.get('nothing'), code('GW_OBJECT_MISSING'));
    await store.delete('bytes');
    await store.delete('bytes');
    assert.equal(await store.exists('bytes'), false);
  });

  test('JSON is checked when read, and the message names the field', async () => {
    const schema = z.strictObject({ epoch: z.number() });
    await store.putJson('json', { epoch: 3 });
    assert.deepEqual(await store.getJson('json', schema), { epoch: 3 });
    await store.putJson('json', { epoch: 'three' });
    await assert.rejects(store.getJson('json', schema), { code: 'GW_CORRUPT', message: /graftwork-\d+\/json.*epoch/ });
    await store.putJson('json', { epoch: 3 });
    await store.put('json', Buffer.from((await store.get('json')).toString().replace('3', '4')));
    await assert.rejects(store.getJson('json', schema), {
      code: 'GW_CORRUPT',
      message: /graftwork-\d+\/json is damaged/,
    });
    await store.put('json', '{"epoch": 3}');
    await assert.rejects(store.getJson('json', schema), {
      code: 'GW_CORRUPT',
      message: /graftwork-\d+\/json is damaged/,
    });
  });

  test('of ten writers that insist on being first, one is', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => store.put('first', `writer ${index}`, { ifAbsent: true })),
    );
    assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert(code('GW_CONFLICT')(outcome.reason));
  });

  test('a write on top of another version is refused', async () => {
    const first = await store.put('moving', '1');
    const second = await store.put('moving', '2', { ifMatch: first });
    await assert.rejects(store.put('moving', '3', { ifMatch: first }), code('GW_CONFLICT'));
    await assert.rejects(store.put('never', '1', { ifMatch: second }), code('GW_CONFLICT'));
    assert.equal((await store.get('moving', { ifMatch: second })).toString(), '2');
    await assert.rejects(store.get('moving', { ifMatch: first }), { code: 'GW_CONFLICT', retryable: true });
  });

  test('large bodies go in parts, from memory and from a file, conditions included', async () => {
    const bytes = Buffer.concat([randomBytes(1 << 20), Buffer.alloc(33 << 20, 7), randomBytes(1 << 20)]);
    await store.put('large', bytes, { ifAbsent: true });
    assert((await store.get('large')).equals(bytes));
    await assert.rejects(store.put('large', bytes, { ifAbsent: true }), code('GW_CONFLICT'));
    const folder = await mkdtemp(join(tmpdir(), 'graftwork-put-'));
    try {
      const path = join(folder, 'file');
      await writeFile(path, bytes);
      await store.putFile('large-file', path);
      assert((await store.get('large-file')).equals(bytes));
      await writeFile(path, 'small');
      await store.putFile('small-file', path);
      assert.equal((await store.get('small-file')).toString(), 'small');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('keys with odd characters are written, listed and read', async () => {
    const names = [
      'café & #1? 100%.jpg',
      'cafe\u0301.jpg',
      ' begins and ends with a space ',
      'brackets [1](f){2}.jpg',
      '+ = @ : , ; \' " < > | ^ ` ~ ! $ *.jpg',
      '100%25 a%20b.jpg',
      '日本 😀.jpg',
      'a\tb\u0007.jpg',
    ];
    for (const name of names) await store.put(`odd/${name}`, name);
    const listed: string[] = [];
    for await (const { key } of store.list('odd/')) {
      listed.push(key);
      assert.equal(`odd/${(await store.get(key)).toString()}`, key);
    }
    assert.deepEqual(listed.toSorted(), names.map((name) => `odd/${name}`).toSorted());
  });

  test('a listing goes on over many pages, in order', async () => {
    const count = 1100;
    for (let from = 0; from < count; from += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => store.put(`many/${from + index + 10_000}`, 'x')));
    }
    const keys: string[] = [];
    for await (const { key, size } of store.list('many/')) {
      assert.equal(size, 1);
      keys.push(key);
    }
    assert.equal(keys.length, count);
    assert.deepEqual(keys, keys.toSorted());
  });

  test('a missing bucket and wrong keys are named', async () => {
    const missing = store.at('no-such-bucket');
    await assert.rejects(missing.get('a'), { code: 'GW_S3_BUCKET_MISSING', message: /“no-such-bucket” at http/ });
    await assert.rejects(missing.list().next(), { code: 'GW_S3_BUCKET_MISSING' });
    await assert.rejects(missing.requireBucket(), { code: 'GW_S3_BUCKET_MISSING', exitCode: 2 });
    const stranger = new ObjectStore(
      store.bucket,
      openS3Connection({ ...server.variables, AWS_ACCESS_KEY_ID: 'stranger' }, 1),
    );
    await assert.rejects(stranger.get('a'), { code: 'GW_S3_CREDENTIALS', message: /InvalidAccessKeyId/ });
    const forger = new ObjectStore(
      store.bucket,
      openS3Connection({ ...server.variables, AWS_SECRET_ACCESS_KEY: 'wrong' }, 1),
    );
    await assert.rejects(forger.put('a', 'x'), { code: 'GW_S3_CREDENTIALS', message: /SignatureDoesNotMatch/ });
    await assert.rejects(forger.head('a'), { code: 'GW_S3_CREDENTIALS', message: /denies access/ });
  });
});
