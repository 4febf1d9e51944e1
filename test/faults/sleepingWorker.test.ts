/** As zombie.test.ts, with whole workers and a server that misses their heartbeats. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { stackUnavailable } from '../stacks/stackForTests.js';
import { WorkersForTests } from '../stacks/workersForTests.js';
import { zombieTrial } from '../stacks/zombieTrial.js';

test(
  'a worker stopped past its heartbeat timeout and continued changes nothing of what its successor makes',
  { skip: stackUnavailable || sharedDataMissing },
  async () => {
    const stack = await WorkersForTests.start();
    try {
      await stack.worker({ name: 'others', pools: ['workflow', 'cpu'] });
      const outcome = await zombieTrial(stack, {
        images: sharedData('datasets/tiny'),
        seed: 31,
        epochs: 100,
        steps: 6,
        sleepsOn: 500,
      });
      assert.deepEqual(outcome.lateWrites, []);
      assert.ok(outcome.leftCleanly);
    } finally {
      await stack.stop();
    }
  },
);
