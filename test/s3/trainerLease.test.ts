/** Trainers and the lease of their stage: a slow one keeps it, a stopped one gives it back, and one without time does not wait. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { trainStage } from '../../activities/train/trainStage.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { TrainStageInput } from '../../contracts/activities/trainingActivities.js';
import { CheckpointStore } from '../../storage/checkpoints/checkpointStore.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { LeaseWorld, manyLooks, times } from './leaseWorld.js';
import { callbacks, Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { eventually } from '../stacks/processes.js';
import { s3Unavailable } from './s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('a trainer and its lease', { skip: s3Unavailable || sharedDataMissing, timeout: 180_000 }, () => {
  let world: LeaseWorld;
  let run: Pipeline;

  before(async () => {
    world = await LeaseWorld.start();
    const { store, folder } = world.server;
    await uploadTree(store, sharedData('datasets/tiny'), 'tiny');
    run = await Pipeline.begin(dependenciesFor(store, join(folder, 'cache')), {
      ...tinySpec,
      dataset: { uri: store.uri('tiny') },
    });
    await run.preprocess();
    await run.features();
  });
  after(() => world.stop());
  afterEach(() => {
    world.proxy.decide = () => 'none';
  });

  const train = (
    dependencies: TestDependencies,
    caller: string,
    change: Partial<TrainStageInput> = {},
    own: Parameters<typeof callbacks>[0] = {},
  ) => {
    const input = { plan: run.planDigest, stage: 0, previous: [], finish: false, generation: 0, halvings: 0 };
    return trainStage(dependencies, { ...input, ...change }, { run: caller, attempt: 1 }, callbacks(own));
  };
  const never = () => Promise.resolve(false);
  const head = (): string => stageKey(run.plan, 0, [], null);

  for (const [what, isSlow] of [
    ['whose features take long', ({ method, url }) => method === 'GET' && /\/features\//.test(url ?? '')],
    ['whose upload takes long', ({ method, url }) => method === 'PUT' && /\/best-/.test(url ?? '')],
  ] as [string, (request: IncomingMessage) => boolean][]) {
    test(`a trainer ${what} keeps its stage, and another run takes over what it made`, async () => {
      let held = 0;
      world.proxy.decide = (request) => (isSlow(request) ? (held++, 'hang') : 'none');
      const slow = train(world.machine(`slow ${what}`, world.proxied), 'slow');
      await eventually('it waits for the store', () => Promise.resolve(held > 0));
      let enough = false;
      const other = CheckpointStore.acquire(
        world.server.store,
        head(),
        'other',
        world.afterBeats(head(), async (looks) => {
          enough ||= looks > manyLooks;
          return world.server.store.exists(objectKeys.stageResult(head()));
        }),
        { times },
      );
      await eventually('it has lived on for long', () => Promise.resolve(enough));
      assert.equal((await world.manifestOf(head()))?.lease.token, 1, 'it was overtaken');
      world.proxy.decide = () => 'none';
      await world.proxy.goDown();
      await world.proxy.comeBack();
      assert.equal((await slow).reused, false);
      // It waited until the stage had ended, or took over what had been given back.
      await (await other)?.[Symbol.asyncDispose]();
      assert.equal((await train(world.machine(`other ${what}`), 'other')).reused, true);
      await world.forget(head());
    });
  }

  test('one with an end in sight takes the whole result of the other, which was there before or comes while it waits', async () => {
    const whole = await train(world.machine('whole'), 'whole');
    const result = await world.server.store.get(objectKeys.stageResult(head()));
    const found = await train(world.machine('late finish'), 'late', { finish: true });
    assert.deepEqual([found.key, found.reused], [whole.key, true]);

    await world.server.store.delete(objectKeys.stageResult(head()));
    await using other = await CheckpointStore.acquire(world.server.store, head(), 'other', never, { times });
    let looks = 0;
    world.proxy.answered = ({ url }) => void (looks += Number(/manifest\.json/.test(url ?? '')));
    // Its time is not up for long.
    const endAt = Date.now() + 3_600_000;
    const waiting = train(world.machine('early finish', world.proxied), 'early', { endAt });
    await eventually('it waits', () => Promise.resolve(looks > 4));
    await world.server.store.put(objectKeys.stageResult(head()), result);
    const output = await waiting;
    assert.deepEqual([output.key, output.reused, other?.token], [whole.key, true, 1]);
    assert.equal(output.result.epochs.length, tinySpec.head.epochs);
    await other?.discard();
    await world.forget(head());
  });

  test('an earlier stage that is made again has all its epochs, although time is up for the stage that needs it', async () => {
    const first = await train(world.machine('whole'), 'run');
    await world.forget(head());
    const again = await train(world.machine('elsewhere'), 'run', {
      stage: 1,
      previous: [first.key],
      endAt: Date.now(),
    });
    assert.equal(again.result.ended, 'finished');
    const made = await train(world.machine('elsewhere'), 'run');
    assert.deepEqual([made.reused, made.result.parameters], [true, first.result.parameters]);
    await world.forget(head());
  });

  test('a trainer that is stopped while its features load gives the stage back', async () => {
    world.proxy.decide = ({ url }) => (/\/features\//.test(url ?? '') ? 'hang' : 'none');
    const stop = new AbortController();
    const stopped = train(world.machine('stopped', world.proxied), 'stopped', {}, { signal: stop.signal });
    await eventually('it has the lease', async () => (await world.manifestOf(head())) !== undefined);
    stop.abort();
    world.proxy.decide = () => 'none';
    await world.proxy.goDown();
    await world.proxy.comeBack();
    await assert.rejects(stopped);
    assert.equal((await world.manifestOf(head()))?.lease.released, true);
    await world.forget(head());
  });

  /** The stage after the head, with a checkpoint of one epoch, in the hands of another run that lives and does nothing more. */
  async function heldByAnother(previous: string[], withCheckpoint: boolean) {
    const stage = stageKey(run.plan, previous.length, previous, null);
    if (withCheckpoint) {
      const stop = new AbortController();
      const stopped = train(
        world.machine('maker'),
        'maker',
        { stage: previous.length, previous },
        {
          signal: stop.signal,
          progress: ({ epoch = 0 }) => void (epoch > 0 && stop.abort()),
        },
      );
      await assert.rejects(stopped, { code: 'GW_PREEMPTED' });
    }
    const other = await CheckpointStore.acquire(world.server.store, stage, 'other', never, { times });
    assert.ok(other);
    assert.equal(other.resume !== undefined, withCheckpoint);
    const { checkpoints } = (await world.manifestOf(stage)) ?? {};
    return {
      stage,
      /** The other still has it, as it left it. */
      assertUntouched: async () => {
        const now = await world.manifestOf(stage);
        assert.deepEqual([now?.lease.run, now?.lease.token], ['other', other.token]);
        assert.deepEqual(now?.checkpoints, checkpoints);
        assert.equal(other.lost.aborted, false);
        assert.equal(await world.server.store.exists(objectKeys.stageResult(stage)), false);
        await other.discard();
        await world.forget(stage);
      },
    };
  }

  for (const [when, change] of [
    ['is up', () => ({ endAt: Date.now() })],
    ['comes while it waits', () => ({ endAt: Date.now() + 1_000 })],
    ['is ended by a person', () => ({ finish: true })],
  ] as const) {
    test(`a stage that another run trains is ended with its last checkpoint when this run's time ${when}`, async () => {
      const { key } = await train(world.machine('first'), 'first');
      const other = await heldByAnother([key], true);
      const late = `late ${when}`;
      const output = await train(world.machine(late), late, { stage: 1, previous: [key], ...change() });
      assert.equal(output.key, stageKey(run.plan, 1, [key], late));
      assert.deepEqual([output.result.ended, output.reused], ['finished', false]);
      assert.ok(output.resumedFrom !== null);
      await other.assertUntouched();
    });
  }

  test('a stage of which the other run has no checkpoint yet is dropped, with the reason', async () => {
    const { key } = await train(world.machine('first'), 'first');
    const other = await heldByAnother([key], false);
    const { result } = await train(world.machine('none'), 'none', { stage: 1, previous: [key], endAt: Date.now() });
    assert.deepEqual([result.kept, result.epochs.length, result.ended], [false, 0, 'finished']);
    assert.match(result.reason, /finished before an epoch was done/);
    await other.assertUntouched();
  });

  test('a head that another run trains is not waited for either: it gets an epoch of its own', async () => {
    await world.forget(head());
    const other = await heldByAnother([], false);
    const output = await train(world.machine('hurried'), 'hurried', { finish: true });
    assert.equal(output.key, stageKey(run.plan, 0, [], 'hurried'));
    assert.equal(output.result.epochs.length, 1);
    await other.assertUntouched();
  });

  test("scores of a head's source that were not kept, since its trainer died, are kept when the head is found", async () => {
    const { store } = world.server;
    const scores = async (): Promise<string[]> => {
      const keys: string[] = [];
      for await (const { key } of store.list('rankings/')) keys.push(key);
      return keys;
    };
    await train(world.machine('died'), 'died');
    const [kept, ...others] = await scores();
    assert.ok(kept !== undefined && others.length === 0);
    await store.delete(kept);
    assert.equal((await train(world.machine('found'), 'died')).reused, true);
    assert.deepEqual(await scores(), [kept]);
    // A run that has left its record has no use for them.
    await store.delete(kept);
    await store.put(objectKeys.transferRecord(run.planDigest), '{}');
    assert.equal((await train(world.machine('found again'), 'died')).reused, true);
    assert.deepEqual(await scores(), []);
    await store.delete(objectKeys.transferRecord(run.planDigest));
  });
});
