import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registerModel } from '../../test/fixtures/modelsForTests.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { SplitLedgers } from '../datasets/splitLedgers.js';
import { ModelRegistry } from '../registry/modelRegistry.js';
import { collectGarbage } from './garbageCollector.js';

const draws = [0, 1].map((seed) => ({ into: 'test' as const, share: 0.2, seed, testShare: null }));
const later = Date.now() + 10 * 24 * 3_600_000;

/** A bucket with a model of one source, and with ledgers of that source and of one that nothing was made of. */
async function bucket() {
  const store = new MemoryS3().store();
  await registerModel(store, 'birds', { dataset: 'a' });
  const { uri } = (await new ModelRegistry(store).card('birds', 1)).dataset;
  for (const of of [`${uri}/`, 's3://graftwork/never']) {
    for (const draw of draws) {
      const ledger = { format: 1 as const, uri: of, present: 1, classes: [{ name: 'a', in: '', out: 'a'.repeat(16) }] };
      await new SplitLedgers(store, draw).write(ledger, { ifAbsent: true });
    }
  }
  const there = async (of: string) => (await new SplitLedgers(store, draws[0]!).find(of)).ledger !== undefined;
  return { store, uri, there };
}

const collect = (store: Parameters<typeof collectGarbage>[0], since?: number) =>
  collectGarbage(store, {
    runsInProgress: async () => ({ digests: new Set(), predictions: new Set(), since }),
    ...{ keepFor: 0, dryRun: false, now: later },
  });

test('the ledgers of a source that nothing was made of go, of every draw; those of a living one stay', async () => {
  const { store, uri, there } = await bucket();
  assert.equal((await collect(store)).removed.splits.objects, 2);
  assert.deepEqual([await there(uri), await there('s3://graftwork/never')], [true, false]);
});

test('none goes while a run is in progress: it may be drawing by one', async () => {
  const { store, there } = await bucket();
  assert.equal((await collect(store, later - 1)).removed.splits.objects, 0);
  assert.equal(await there('s3://graftwork/never'), true);
});
