/** What is written again while garbage is being swept stays, of every kind whose reuse is said so: on an S3 server in memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectKeys } from '../../contracts/objectKeys.js';
import { collectGarbage } from '../../storage/garbage/garbageCollector.js';
import type { GarbageKind } from '../../storage/garbage/garbagePlaces.js';
import type { RunsInProgress } from '../../storage/garbage/garbageRoots.js';
import { card } from '../fixtures/cardForTests.js';
import { MemoryS3, type FateOf } from './memoryS3.js';

const [first, reused] = ['1'.repeat(64), '2'.repeat(64)];
const nobody: RunsInProgress = { digests: new Set(), predictions: new Set(), since: undefined };

/** An object of each kind, by whose key a run says that it counts on it. */
const kinds: Record<string, (digest: string) => string> = {
  plans: objectKeys.plan,
  evaluations: objectKeys.evaluation,
  checkpoints: objectKeys.stageResult,
  uploads: objectKeys.uploadUse,
  rankings: objectKeys.ranking,
  models: objectKeys.modelParameters,
};

for (const [kind, keyOf] of Object.entries(kinds)) {
  test(`what a run has just written again stays, though it was listed as garbage: ${kind}`, async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const s3 = new MemoryS3({ now: () => now });
    for (const digest of [first, reused]) await s3.store().put(keyOf(digest), 'old');
    now += 30 * 24 * 3_600_000;
    const rewriting: FateOf = async ({ operation, key }) => {
      // The sweep has begun: nothing is marked any more.
      if (operation === 'DeleteObject' && key === keyOf(first)) await s3.store().put(keyOf(reused), 'old');
      return 'served';
    };
    const runsInProgress = async () => nobody;
    const options = { runsInProgress, keepFor: 7 * 24 * 3_600_000, dryRun: false, now };
    const { objects } = await collectGarbage(s3.store('graftwork', rewriting), options);
    assert.equal(objects, 1);
    assert.deepEqual(s3.bucket().keys(), [keyOf(reused)]);
  });
}

/** An object of each kind that a run may come to count on by having its digest, or its name, in its history. A plan is read as well. */
const { plans: _read, ...named } = kinds;
const known: Record<string, (digest: string) => string> = {
  ...named,
  features: objectKeys.features,
  pixels: objectKeys.pixels,
  trials: objectKeys.trial,
  augmentations: objectKeys.augmentationChoice,
  predictions: (id) => objectKeys.predictionInput(id, 0),
};

for (const [kind, keyOf] of Object.entries(known)) {
  test(`what a run has come to need since the first look stays, although nobody writes it again: ${kind}`, async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const s3 = new MemoryS3({ now: () => now });
    for (const digest of [first, reused]) await s3.store().put(keyOf(digest), 'old');
    now += 30 * 24 * 3_600_000;
    let looks = 0;
    const runsInProgress = async (): Promise<RunsInProgress> => {
      looks += 1;
      const needed = new Set(looks === 1 ? [] : [reused]);
      return { digests: needed, predictions: needed, since: looks === 1 ? undefined : now };
    };
    const options = { runsInProgress, keepFor: 7 * 24 * 3_600_000, dryRun: false, now };
    const { removed } = await collectGarbage(s3.store(), options);
    assert.equal(removed[kind as GarbageKind].objects, 1);
    assert.deepEqual(s3.bucket().keys(), [keyOf(reused)]);
  });
}

test('a model that is registered since the first look keeps its parameters and its evaluation', async () => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const s3 = new MemoryS3({ now: () => now });
  const late = { ...card('late', 'run', 1), parameters: { sha256: reused, bytes: 3, count: 1 } };
  for (const digest of [first, reused]) await s3.store().put(objectKeys.modelParameters(digest), 'old');
  now += 30 * 24 * 3_600_000;
  let looks = 0;
  const runsInProgress = async (): Promise<RunsInProgress> => {
    looks += 1;
    if (looks === 2) await s3.store().putJson(objectKeys.modelCard('late', 1), late);
    return nobody;
  };
  const { removed } = await collectGarbage(s3.store(), { runsInProgress, keepFor: 0, dryRun: false, now });
  assert.equal(removed.models.objects, 1);
  assert.ok(s3.bucket().keys().includes(objectKeys.modelParameters(reused)));
});
