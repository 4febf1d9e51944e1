/** The disk tier in front of a real S3 server. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { ContentCache } from '../../storage/cache/contentCache.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import type { LocalCopy } from '../../storage/cache/localCopy.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { isIntact } from '../../storage/objects/seal.js';
import { s3Unavailable, startS3Server } from './s3Server.js';
import type { S3Server } from './s3Server.js';

describe('content cache', { skip: s3Unavailable }, () => {
  let server: S3Server;
  let store: ObjectStore;
  let folder: string;
  let cache: ContentCache;

  before(async () => {
    server = await startS3Server();
    store = server.store;
  });
  after(() => server.stop());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graftwork-cache-'));
    cache = new ContentCache(store, folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('what is stored is in the bucket, and read again from disk', async () => {
    await cache.store('pixels/a', Buffer.from('bytes'));
    assert.equal((await store.get('pixels/a')).toString(), 'bytes');
    await store.delete('pixels/a');
    assert.equal((await cache.fetch('pixels/a', sha256('bytes'))).toString(), 'bytes');
    assert.deepEqual(await readdir(join(folder, 'pixels')), ['a']);
  });

  test('what another machine stored is fetched once', async () => {
    await store.put('pixels/b', 'bytes');
    const all = await Promise.all(Array.from({ length: 20 }, () => cache.fetch('pixels/b', sha256('bytes'))));
    assert(all.every((bytes) => bytes.toString() === 'bytes'));
    await store.delete('pixels/b');
    assert.equal((await new ContentCache(store, folder).fetch('pixels/b', sha256('bytes'))).toString(), 'bytes');
    await assert.rejects(cache.fetch('pixels/nothing'), { code: 'GW_OBJECT_MISSING' });
  });

  test('what is set aside is taken once, as it was, or not at all', async () => {
    await cache.setAside('squares/a/1', Buffer.from('bytes'));
    await cache.setAside('squares/a/2', Buffer.from('other'));
    const into = Buffer.alloc(5);
    assert.equal(cache.takeAside('squares/a/1', into), true);
    assert.equal(into.toString(), 'bytes');
    assert.equal(cache.takeAside('squares/a/1', into), false);
    const file = join(folder, 'squares/a/2');
    await writeFile(file, (await readFile(file)).fill(0, 0, 1));
    assert.equal(cache.takeAside('squares/a/2', into), false);
    await cache.setAside('squares/a/3', Buffer.from('longer'));
    assert.equal(cache.takeAside('squares/a/3', into), false);
    assert.deepEqual(await readdir(join(folder, 'squares/a')), []);
  });

  test('a damaged copy is fetched again; a damaged object is refused', async () => {
    await cache.store('pixels/c', Buffer.from('bytes'));
    await writeFile(join(folder, 'pixels/c'), 'rotten');
    assert.equal((await cache.fetch('pixels/c', sha256('bytes'))).toString(), 'bytes');
    assert.equal(await readFile(join(folder, 'pixels/c'), 'utf8'), 'bytes');
    await assert.rejects(cache.fetch('pixels/c', sha256('others')), { code: 'GW_CORRUPT', message: /pixels\/c/ });
  });

  test('a sealed object needs no digest from elsewhere: damage to the copy or the object is found', async () => {
    const warnings: string[] = [];
    const watched = new ContentCache(store, folder, { warn: (_fields, message) => warnings.push(message) });
    const made = (): Buffer => Buffer.from(`{"seal":"${'0'.repeat(64)}","epoch":3}`);
    await watched.storeSealed('pixels/e', made());
    const whole = await store.get('pixels/e');
    assert(isIntact('pixels/e', whole));
    assert.deepEqual(await watched.fetch('pixels/e'), whole);
    await writeFile(join(folder, 'pixels/e'), whole.subarray(0, -1));
    assert.deepEqual(await watched.fetch('pixels/e'), whole);
    assert.match(warnings.join(), /copy on local disk is damaged/);
    // A whole object in another's place is damage too.
    await store.put('pixels/f', whole);
    await assert.rejects(watched.fetch('pixels/f'), { code: 'GW_CORRUPT', message: /pixels\/f/ });
    await assert.rejects(watched.storeSealed('pixels/g', Buffer.from('no place')), { code: 'GW_INTERNAL' });
  });

  test('beyond the budget, what was used longest ago goes', async () => {
    const small = new ContentCache(store, folder, { budget: 1000 });
    const old = new Date(Date.now() - 3_600_000);
    for (const name of ['one', 'two', 'three']) {
      await small.store(name, Buffer.alloc(300));
      await utimes(join(folder, name), old, old);
    }
    await small.fetch('one', sha256(Buffer.alloc(300)));
    await small.store('four', Buffer.alloc(300));
    const kept = await readdir(folder);
    assert(kept.includes('one') && kept.includes('four'), kept.join());
    assert(kept.length === 3);
    await small.store('too large for the budget', Buffer.alloc(2000));
    assert(!(await readdir(folder)).includes('too large for the budget'));
    assert.equal((await small.fetch('too large for the budget', sha256(Buffer.alloc(2000)))).length, 2000);
  });

  describe('opened', () => {
    const made = (size: number): Buffer =>
      Buffer.concat([Buffer.from(`{"seal":"${'0'.repeat(64)}","x":"`), Buffer.alloc(size, 'x')]);
    const contentOf = async (copy: LocalCopy): Promise<Buffer> => {
      const bytes = Buffer.alloc(copy.size);
      await copy.read(bytes, 0);
      return bytes;
    };
    /** Opens, reads all and closes. */
    const read = async (from: ContentCache, key: string): Promise<Buffer> => {
      const copy = await from.open(key);
      try {
        return await contentOf(copy);
      } finally {
        await copy.close();
      }
    };

    test('an object is read anywhere in it, even when its file is swept away', async () => {
      await cache.storeSealed('features/a', made(5000));
      const whole = await store.get('features/a');
      for (const machine of [cache, new ContentCache(store, join(folder, 'other'))]) {
        const copy = await machine.open('features/a');
        await rm(folder, { recursive: true });
        const middle = Buffer.alloc(1000);
        await copy.read(middle, 3000);
        assert.deepEqual(middle, whole.subarray(3000, 4000));
        assert.equal(copy.size, whole.byteLength);
        await assert.rejects(copy.read(middle, copy.size - 999), { code: 'GW_CORRUPT', message: /features\/a/ });
        await copy.close();
      }
      await assert.rejects(cache.open('features/nothing'), { code: 'GW_OBJECT_MISSING' });
    });

    test('damage to its file is found, however soon and however small; damage to the object too', async () => {
      const warnings: string[] = [];
      const watched = new ContentCache(store, folder, { warn: (_fields, message) => warnings.push(message) });
      await watched.storeSealed('features/b', made(3_000_000));
      const whole = await store.get('features/b');
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(2_500_000) ^ 1, 2_500_000);
      const path = join(folder, 'features/b');
      for (const damage of [flipped, whole.subarray(0, -1), Buffer.alloc(0)]) {
        await writeFile(path, damage);
        assert.deepEqual(await read(watched, 'features/b'), whole);
        assert.match(warnings.splice(0).join(), /copy on local disk is damaged/);
      }
      // Whole files are whole for another process as well, and again.
      for (const one of [watched, new ContentCache(store, folder), watched]) {
        assert.deepEqual(await read(one, 'features/b'), whole);
      }
      assert.deepEqual(warnings, []);
      await store.put('features/b', flipped);
      await rm(path);
      await assert.rejects(watched.open('features/b'), { code: 'GW_CORRUPT', message: /features\/b/ });
    });

    test('one larger than the budget leaves nothing behind; without a disk it is read from memory', async () => {
      await cache.storeSealed('features/c', made(5000));
      const whole = await store.get('features/c');
      const small = new ContentCache(store, join(folder, 'small'), { budget: 1000 });
      assert.deepEqual(await read(small, 'features/c'), whole);
      assert.deepEqual(await readdir(join(folder, 'small/features')), []);
      await writeFile(join(folder, 'a-file'), '');
      assert.deepEqual(await read(new ContentCache(store, join(folder, 'a-file/below')), 'features/c'), whole);
    });
  });

  test('several writers and sweepers at once leave whole files only', async () => {
    const caches = Array.from({ length: 4 }, () => new ContentCache(store, folder, { budget: 20_000 }));
    await Promise.all(
      caches.flatMap((one, who) =>
        Array.from({ length: 25 }, async (_, index) => {
          const name = `shared/${(index + who) % 10}`;
          const bytes = Buffer.alloc(1000, (index + who) % 10);
          await one.store(name, bytes);
          assert.equal((await one.fetch(name, sha256(bytes))).length, 1000);
        }),
      ),
    );
    for (const name of await readdir(join(folder, 'shared'))) {
      assert.equal((await stat(join(folder, 'shared', name))).size, 1000);
      assert.match(name, /^\d$/);
    }
  });

  test('a disk that cannot be written makes it slower, not wrong', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    const blocked = new ContentCache(store, join(file, 'below'));
    await blocked.store('pixels/d', Buffer.from('bytes'));
    assert.equal((await blocked.fetch('pixels/d', sha256('bytes'))).toString(), 'bytes');
  });

  test('no key leads out of the folder', async () => {
    await assert.rejects(cache.fetch('../outside'), { code: 'GW_INTERNAL' });
  });
});
