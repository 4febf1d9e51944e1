import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { applyChanges } from './changes.js';
import { findRunTraces } from './runTraces.js';
import type { Sighting } from './sightings.js';

const path = 'ants/1.png';
const sighting: Sighting = {
  uri: 's3://b/first',
  version: 'a'.repeat(64),
  sha256: 'b'.repeat(64),
  split: 'train',
  class: 'ants',
  position: 0,
  bytes: 1,
  image: { path, bucket: 'b', key: `first/${path}` },
  addresses: [`s3://b/second/${path}`, `s3://b/first/${path}`],
};

test('records lose the path wherever their version was met, and keep it where it is another picture’s', async () => {
  const store = new MemoryS3().store();
  const record = (uri: string) => ({ dataset: { uri, unusualRange: { count: 2, examples: [path, 'bees/2.png'] } } });
  const uris = {
    first: 's3://b/first',
    second: 's3://b/second/',
    list: 's3://b/second/list.csv',
    other: 's3://b/third',
  };
  for (const [name, uri] of Object.entries(uris)) await store.putJson(`runs/${name}.json`, record(uri));
  const changes = await findRunTraces(store, new Set(sighting.addresses), [sighting]);
  assert.deepEqual(changes.map(({ key }) => key).toSorted(), ['runs/first.json', 'runs/list.json', 'runs/second.json']);
  await applyChanges(store, changes);
  for (const name of ['first', 'second', 'list']) {
    const text = (await store.get(`runs/${name}.json`)).toString();
    assert.equal(text.includes(path), false, name);
    assert.equal(text.includes('bees/2.png'), true, name);
  }
});
