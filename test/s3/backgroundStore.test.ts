/** Large writes from a thread of their own, against a real S3 server. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { BackgroundStore } from '../../storage/checkpoints/backgroundStore.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { s3Unavailable, startS3Server, type S3Server } from './s3Server.js';

const mebibytes = 2 ** 20;

describe('the store beside the training', { skip: s3Unavailable }, () => {
  let server: S3Server;
  let background: BackgroundStore;

  before(async () => {
    server = await startS3Server();
    background = new BackgroundStore(server.store);
  });
  after(() => server.stop());

  test('what is written arrives while this thread does nothing but wait for another process to see it', async () => {
    const bytes = randomBytes(8 * mebibytes);
    const copy = Buffer.from(bytes);
    const written = background.put('blocked', bytes);
    const module = JSON.stringify(new URL('../../storage/objects/objectStore.js', import.meta.url).href);
    const look = `
      import { ObjectStore } from ${module};
      const store = new ObjectStore(${JSON.stringify(server.store.bucket)});
      while (!(await store.exists('blocked'))) await new Promise((resolve) => setTimeout(resolve, 20));`;
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', look], {
      env: { ...process.env, ...server.variables },
    });
    assert.equal(status, 0);
    const etag = await written;
    assert.equal((await server.store.head('blocked'))?.etag, etag);
    assert((await server.store.get('blocked')).equals(copy));
  });

  test('small and large objects, conditions and deletions are what they are in the foreground', async () => {
    const etag = await background.putJson('manifest', { epoch: 1 });
    await background.put('large', new Uint8Array(5 * mebibytes), { ifAbsent: true });
    const again = background.put('large', new Uint8Array(5 * mebibytes), { ifAbsent: true });
    await assert.rejects(again, { name: 'GraftworkError', code: 'GW_CONFLICT' });
    await background.putJson('manifest', { epoch: 2 }, { ifMatch: etag });
    await assert.rejects(background.putJson('manifest', { epoch: 3 }, { ifMatch: etag }), { code: 'GW_CONFLICT' });
    await background.delete('large');
    assert.equal(await server.store.exists('large'), false);
  });

  test('a store that does not answer is said to be away, and waited for no longer than the SDK does', async () => {
    const variables = { ...server.variables, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' };
    const away = new BackgroundStore(new ObjectStore(server.store.bucket, openS3Connection(variables, 1)));
    await assert.rejects(away.put('key', new Uint8Array(5 * mebibytes)), {
      code: 'GW_S3_UNREACHABLE',
      retryable: true,
    });
  });
});
