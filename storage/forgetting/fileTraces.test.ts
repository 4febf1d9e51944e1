import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryS3 } from '../../test/memoryS3.js';
import { sha256 } from '../contentKey.js';
import { applyChanges } from './changes.js';
import { findSourceTraces } from './fileTraces.js';

test('a picture that somebody put in the place of the forgotten one since it was found stays', async () => {
  const store = new MemoryS3().store();
  await store.put('photos/replaced.jpg', 'one');
  await store.put('photos/same.jpg', 'one');
  await store.put('photos/other.jpg', 'two');
  const addresses = ['replaced', 'same', 'other', 'gone'].map((name) => store.uri(`photos/${name}.jpg`));
  const content = { digests: new Set([sha256('one')]), sizes: undefined };
  const changes = await findSourceTraces(store, content, new Set(addresses));
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
