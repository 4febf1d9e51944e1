import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Split } from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { findScoreTraces } from './scoreTraces.js';
import type { Sighting } from './sightings.js';

const [version, sha256] = ['a'.repeat(64), 'b'.repeat(64)];

function sighting(split: Split): Sighting {
  return { uri: 's3://b/p', version, sha256, split, class: 'ants', position: 0, bytes: 1, image: null, addresses: [] };
}

test('what models see in a picture of any split lies among the trials, and goes', async () => {
  const store = new MemoryS3().store();
  const key = objectKeys.trial('c'.repeat(64));
  // As a gate leaves it, of test pictures.
  await store.putJson(key, { format: 1, answers: [1] });
  for (const split of ['train', 'validation', 'test'] as const) {
    const found = await findScoreTraces(store, [sighting(split)]);
    assert.deepEqual(
      found.map((change) => change.key),
      [key],
      split,
    );
  }
  assert.deepEqual(await findScoreTraces(store, []), []);
});
