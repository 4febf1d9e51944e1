import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectKeys } from '../../contracts/objectKeys.js';
import { MemoryS3, type FateOf } from '../../test/s3/memoryS3.js';
import { fitCalibration } from '../../learning/metrics/trust/fitCalibration.js';
import { cardDraft } from '../../test/fixtures/cardForTests.js';
import { registerModel } from '../../test/fixtures/modelsForTests.js';
import { markNeeded } from './garbageRoots.js';
import { ModelRegistry } from '../registry/modelRegistry.js';

const none = { digests: new Set<string>(), predictions: new Set<string>(), since: undefined };

test('the remedy for a damaged card is a backup: it is not made again', async () => {
  const store = new MemoryS3().store();
  await store.put('models/birds/versions/2/card.json', '{"name":"birds"');
  await assert.rejects(markNeeded(store, none, 0), {
    code: 'GW_CORRUPT',
    remedy: /^Put it back from a backup .* birds@2 is no longer in the registry/,
  });
});

test('a card and a plan that are deleted once they are listed end neither a collection nor a forgetting', async () => {
  const s3 = new MemoryS3();
  for (const name of ['ants', 'birds']) await registerModel(s3.store(), name, { dataset: 'a' });
  const plan = objectKeys.plan('1'.repeat(64));
  await s3.store().put(plan, 'plan');
  const deleting: FateOf = async ({ operation, key }) => {
    if (operation === 'GetObject' && [plan, objectKeys.modelCard('birds', 1)].includes(key)) s3.bucket().delete(key);
    return 'served';
  };
  const store = s3.store('graftwork', deleting);
  const cards: string[] = [];
  for await (const { name } of new ModelRegistry(store).cards()) cards.push(name);
  assert.deepEqual(cards, ['ants']);
  await registerModel(s3.store(), 'birds', { dataset: 'a' });
  const { plans, models } = await markNeeded(store, none, 0);
  assert.deepEqual([plans.size, models.size], [0, 1]);
});

test('what a card knows of its training pictures is kept as long as the card', async () => {
  const store = new MemoryS3().store();
  const means = 'b'.repeat(64);
  const fitted = fitCalibration({ logits: [1, 0, 0, 1], labels: [0, 1] }, 2);
  const draft = { ...cardDraft('birds', 'a-run'), calibration: { ...fitted, unlike: { means, limit: 0.5 } } };
  await new ModelRegistry(store).register(draft);
  const { models } = await markNeeded(store, none, 0);
  assert.deepEqual(models, new Set([draft.parameters.sha256, means]));
});
