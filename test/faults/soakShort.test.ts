/**
 * The soak in short: kills of each kind of process that a run has, a pause while the gpu worker is dead, and a reset, in one
 * run. `npm run soak` is the long one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { disturb } from '../../bench/soak/disturbance.js';
import { orphansOf } from '../../bench/soak/orphans.js';
import { RedoneWork } from '../../bench/soak/redoneWork.js';
import { Steering } from '../../bench/soak/steering.js';
import { follow, forget, soakRound, type SoakSet } from '../../bench/soak/soakRound.js';
import { seeded } from '../fixtures/mutations.js';
import { shortStep, tinySpec } from '../fixtures/quickSpecs.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { StackForTests, stackUnavailable } from '../stacks/stackForTests.js';

const set: SoakSet = {
  name: 'tiny',
  folder: sharedData('datasets/tiny'),
  spec: { ...tinySpec, name: 'soak', fineTune: [{ epochs: 200, ...shortStep }] } satisfies UserSpec,
};

test(
  'a run whose trainer, servers and workers are killed again and again makes the bytes of an undisturbed one',
  { skip: stackUnavailable || sharedDataMissing },
  async () => {
    const stack = await StackForTests.start();
    const { graftwork, home } = stack;
    try {
      const run = await graftwork.train(set.folder, { spec: set.spec });
      const began = performance.now();
      const made = await follow(graftwork, run, new RedoneWork(), (reason) => assert.fail(reason));
      assert.ok(made);
      const seconds = (performance.now() - began) / 1000;
      await forget(graftwork, home);
      const end = new AbortController();
      const order = ['engine', 'S3', 'gpu worker', 'pause', 'Temporal', 'reset', 'engine', 'cpu worker'] as const;
      const random = seeded(7);
      const steering = new Steering(stack, random);
      const disturbing = disturb({
        ...{ home, random, steering },
        most: order.length,
        pause: [1, 4],
        order,
        signal: end.signal,
      });
      const outcome = await soakRound(graftwork, home, [set], new Map([[set.name, made]]), steering).finally(() =>
        end.abort(),
      );
      const done = await disturbing;
      assert.ok(done.length >= 4, `there was only ${done.join(', ')}`);
      assert.deepEqual(outcome.lost, []);
      assert.deepEqual(outcome.mismatches, []);
      assert.deepEqual(outcome.orphans, []);
      // By this machine's clock, which a busy one makes slow; in absolute figures the long soak says it.
      assert.ok(outcome.redoneSeconds < seconds, `${outcome.redoneSeconds} s of ${seconds} s were redone at once`);
    } finally {
      await stack.stop();
    }
    assert.deepEqual(await orphansOf(home), []);
  },
);
