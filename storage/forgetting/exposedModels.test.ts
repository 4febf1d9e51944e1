import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { card } from '../../test/fixtures/cardForTests.js';
import type { ModelRegistry } from '../registry/modelRegistry.js';
import { exposedModels } from './exposedModels.js';
import type { Sighting } from './sightings.js';

const [held, other] = ['a'.repeat(64), 'b'.repeat(64)];

function model(name: string, version: string, parent: string | undefined, createdAt: string): ModelCard {
  const { backbone, dataset, ...rest } = card(name, `run-${name}`, 1);
  const weights = parent === undefined ? {} : { weights: `model:${parent}@1` };
  return { ...rest, createdAt, backbone: { ...backbone, ...weights }, dataset: { ...dataset, version } };
}

test('a picture is followed through every generation, whatever the clocks of the machines said', async () => {
  const cards = [
    model('grandchild', other, 'child', '2026-01-01T00:00:00.000Z'),
    model('child', other, 'parent', '2026-01-02T00:00:00.000Z'),
    model('parent', held, undefined, '2026-01-03T00:00:00.000Z'),
    model('stranger', other, 'somebody', '2026-01-04T00:00:00.000Z'),
  ];
  const registry = {
    async *cards() {
      yield* cards;
    },
  } as ModelRegistry;
  const place = {
    uri: 's3://b/p',
    sha256: 'c'.repeat(64),
    class: 'ants',
    position: 0,
    bytes: 1,
    image: null,
    addresses: [],
  };
  const sighting: Sighting = { ...place, version: held, split: 'train' };
  assert.deepEqual(await exposedModels(registry, [sighting]), {
    learned: [
      { name: 'grandchild', version: 1, through: 'child@1' },
      { name: 'child', version: 1, through: 'parent@1' },
      { name: 'parent', version: 1, through: null },
    ],
    validated: [],
    tested: [],
  });
});
