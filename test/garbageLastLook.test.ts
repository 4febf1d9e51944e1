/** What is written again while garbage is being swept stays, of every kind whose reuse is said so: on an S3 server in memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectKeys } from '../contracts/objectKeys.js';
import { collectGarbage } from '../storage/garbageCollector.js';
import type { RunsInProgress } from '../storage/garbageRoots.js';
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
