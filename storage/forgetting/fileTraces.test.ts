import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { sha256 } from '../objects/contentKey.js';
import { applyChanges } from './changes.js';
import { findListingTraces, findSourceTraces } from './fileTraces.js';
import type { Sighting } from './sightings.js';

test('a picture that somebody put in the place of the forgotten one since it was found stays', async () => {
  const store = new MemoryS3().store();
  await store.put('photos/replaced.jpg', 'one');
  await store.put('photos/same.jpg', 'one');
  await store.put('photos/other.jpg', 'two');
  const addresses = ['replaced', 'same', 'other', 'gone'].map((name) => store.uri(`photos/${name}.jpg`));
  const content = { digests: new Set([sha256('one')]), sizes: undefined };
  const { changes } = await findSourceTraces(store, content, new Set(addresses));
  assert.deepEqual(
    changes.map(({ key }) => key),
    ['photos/replaced.jpg', 'photos/same.jpg'],
  );
  await store.put('photos/replaced.jpg', 'eno');
  await applyChanges(store, changes);
  const left: string[] = [];
  for await (const { key } of store.list('photos/')) left.push(key);
  assert.deepEqual(left, ['photos/other.jpg', 'photos/replaced.jpg']);
});

test('of pointers to versions those go that give the forgotten picture as an example', async () => {
  const store = new MemoryS3().store();
  const [version, other] = ['a'.repeat(64), 'b'.repeat(64)];
  const naming = (...examples: string[]) => ({ unusualRange: { count: examples.length, examples } });
  const pointers = {
    plain: { version },
    named: { version, ...naming('ants/0.tif', 'ants/1.tif') },
    animated: { version, animated: { count: 1, examples: ['ants/1.tif'] } },
    others: { version, ...naming('ants/0.tif') },
    elsewhere: { version: other, ...naming('ants/1.tif') },
  };
  for (const [name, pointer] of Object.entries(pointers))
    await store.putJson(`datasets/listings/${name}.json`, pointer);
  const image = { path: 'ants/1.tif', bucket: 'b', key: 'p/ants/1.tif' };
  const place = { uri: 's3://b/p', split: 'train', class: 'ants', position: 0, bytes: 1 } as const;
  const sighting: Sighting = { ...place, version, sha256: 'c'.repeat(64), image, addresses: ['s3://b/p/ants/1.tif'] };
  const changes = await findListingTraces(store, [sighting]);
  assert.deepEqual(
    changes.map(({ key }) => key),
    ['datasets/listings/animated.json', 'datasets/listings/named.json'],
  );
  assert.deepEqual(await findListingTraces(store, []), []);
});
