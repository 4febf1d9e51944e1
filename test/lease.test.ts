/** The lease of a stage in training: who holds it and lives keeps it, however long nothing is stored; who is dead loses it. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { trainStage } from '../activities/trainStage.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { checkpointManifestSchema, type CheckpointFacts } from '../contracts/training.js';
import type { TrainStageInput } from '../contracts/trainingActivities.js';
import { CheckpointStore } from '../storage/checkpointStore.js';
import type { LeaseTimes } from '../storage/leaseSeen.js';
import { ObjectStore } from '../storage/objectStore.js';
import { openS3Connection } from '../storage/s3Connection.js';
import { stageKey } from '../storage/stageKeys.js';
import { dependenciesFor, type TestDependencies } from './dependencies.js';
import { FaultProxy } from './faultProxy.js';
import { callbacks, Pipeline, uploadTree } from './pipeline.js';
import { eventually } from './processes.js';
import { s3Unavailable, startS3Server, type S3Server } from './s3Server.js';
import { sharedData, sharedDataMissing } from './sharedData.js';
import { tinySpec } from './stackForTests.js';

const times: LeaseTimes = { abandonedAfter: 200, lookEvery: 20, beatEvery: 50 };
/** Looks without a change after which a holder counts as dead, and some more. */
const manyLooks = 15;
/** Of trainers that nobody is to take for dead, however busy the machine is. */
const patient: LeaseTimes = { ...times, abandonedAfter: 600_000 };

const facts: CheckpointFacts = {
  position: { epoch: 1, step: 1, globalStep: 1 },
  running: { lossSum: 1, images: 1 },
  epochs: [],
  best: null,
  incoming: null,
  seconds: 1,
};

describe('the lease of a stage', { skip: s3Unavailable || sharedDataMissing, timeout: 180_000 }, () => {
  let server: S3Server;
  let proxy: FaultProxy;
  /** Through the proxy. */
  let proxied: ObjectStore;
  let run: Pipeline;

  before(async () => {
    server = await startS3Server();
    proxy = await FaultProxy.start(server.variables.AWS_ENDPOINT_URL_S3 ?? '');
    const variables = { ...server.variables, AWS_ENDPOINT_URL_S3: proxy.endpoint };
    proxied = new ObjectStore(server.store.bucket, openS3Connection(variables));
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    run = await Pipeline.begin(dependenciesFor(server.store, join(server.folder, 'cache')), {
      ...tinySpec,
      dataset: { uri: server.store.uri('tiny') },
    });
    await run.preprocess();
    await run.features();
  });
  after(async () => {
    await proxy.stop();
    await server.stop();
  });
  afterEach(() => {
    proxy.decide = () => 'none';
  });

  const manifestOf = (stage: string) =>
    server.store.getJsonIfPresent(objectKeys.checkpointManifest(stage), checkpointManifestSchema);
  const beatsOf = async (stage: string): Promise<number> => (await manifestOf(stage))?.lease.beat ?? 0;
  /**
   * For those who wait for a stage: each look comes after another sign of life, so that nothing depends on how fast the machine is.
   * Without signs of life it waits for ever.
   */
  const afterBeats = (stage: string, isOver: (looks: number) => boolean | Promise<boolean>) => {
    let looks = 0;
    let seen = 0;
    return async (): Promise<boolean> => {
      await eventually('it lives or is done', async () => {
        const beat = await beatsOf(stage);
        const isAnother = beat !== seen || (await isOver(looks));
        seen = beat;
        return isAnother;
      });
      looks += 1;
      return isOver(looks);
    };
  };
  /** Another machine with its own copies of nothing. */
  const machine = (name: string, store = server.store): TestDependencies => ({
    ...dependenciesFor(store, join(server.folder, name)),
    leaseTimes: patient,
  });
  const train = (
    dependencies: TestDependencies,
    caller: string,
    change: Partial<TrainStageInput> = {},
    signal = new AbortController().signal,
  ) => {
    const input = { plan: run.planDigest, stage: 0, previous: [], finish: false, generation: 0, halvings: 0 };
    return trainStage(dependencies, { ...input, ...change }, { run: caller, attempt: 1 }, callbacks({ signal }));
  };
  const forget = async (stage: string): Promise<void> => {
    for await (const { key } of server.store.list(objectKeys.checkpointFolder(stage))) await server.store.delete(key);
  };
  const head = (): string => stageKey(run.plan, 0, [], null);

  for (const [what, isSlow] of [
    ['whose features take long', ({ method, url }) => method === 'GET' && /\/features\//.test(url ?? '')],
    ['whose upload takes long', ({ method, url }) => method === 'PUT' && /\/best-/.test(url ?? '')],
  ] as [string, (request: IncomingMessage) => boolean][]) {
    test(`a trainer ${what} keeps its stage, and another run takes over what it made`, async () => {
      let held = 0;
      proxy.decide = (request) => (isSlow(request) ? (held++, 'hang') : 'none');
      const slow = train(machine(`slow ${what}`, proxied), 'slow');
      await eventually('it waits for the store', () => Promise.resolve(held > 0));
      let enough = false;
      const other = CheckpointStore.acquire(
        server.store,
        head(),
        'other',
        afterBeats(head(), async (looks) => {
          enough ||= looks > manyLooks;
          return server.store.exists(objectKeys.stageResult(head()));
        }),
        { times },
      );
      await eventually('it has lived on for long', () => Promise.resolve(enough));
      assert.equal((await manifestOf(head()))?.lease.token, 1, 'it was overtaken');
      proxy.decide = () => 'none';
      await proxy.goDown();
      await proxy.comeBack();
      assert.equal((await slow).reused, false);
      // It waited until the stage had ended, or took over what had been given back.
      await (await other)?.[Symbol.asyncDispose]();
      assert.equal((await train(machine(`other ${what}`), 'other')).reused, true);
      await forget(head());
    });
  }

  test('a trainer that computes for long in one go keeps its stage', async () => {
    const stage = '1'.repeat(64);
    await using held = await CheckpointStore.acquire(server.store, stage, 'busy', () => Promise.resolve(false), {
      times,
    });
    await eventually('it beats', async () => (await beatsOf(stage)) > 0);
    // Nothing moves in this process until the other has looked for long enough.
    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', competitor(stage, manyLooks)], {
      env: { ...process.env, ...server.variables },
    });
    assert.equal(answer.toString(), 'it lives');
    assert.equal(held?.lost.aborted, false);
  });

  test('a trainer that is killed is overtaken, and its last checkpoint gone on from', async () => {
    const stage = '2'.repeat(64);
    const holder = spawn(process.execPath, ['--input-type=module', '-e', competitor(stage, 0, facts)], {
      env: { ...process.env, ...server.variables },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    let isAlive = true;
    let looks = 0;
    const paced = afterBeats(stage, (beats) => ((looks = beats), !isAlive));
    let looksAfterDeath = 0;
    const looked = async (): Promise<boolean> => {
      if (isAlive) await paced();
      else looksAfterDeath += 1;
      return false;
    };
    const acquired = CheckpointStore.acquire(server.store, stage, 'heir', looked, { times });
    await eventually('it has lived on for long', () => Promise.resolve(looks > manyLooks));
    assert.equal((await manifestOf(stage))?.lease.token, 1);
    holder.kill('SIGKILL');
    isAlive = false;
    await using heir = await acquired;
    assert.deepEqual([heir?.token, heir?.resume?.checkpoint.position.step], [2, 1]);
    assert.ok(looksAfterDeath <= manyLooks, `it took ${looksAfterDeath} looks`);
  });

  test('a trainer that was overtaken hears of it although it stores nothing, and stores nothing more', async () => {
    const stage = '3'.repeat(64);
    const take = () => CheckpointStore.acquire(server.store, stage, 'run', () => Promise.resolve(false), { times });
    await using overtaken = await take();
    await using heir = await take();
    await eventually('it hears', () => Promise.resolve(overtaken?.lost.aborted === true));
    const written = overtaken?.save(facts, Buffer.from('data'));
    await assert.rejects(written ?? Promise.resolve(), { code: 'GW_CONFLICT', retryable: true });
    await heir?.release();
    assert.deepEqual((await manifestOf(stage))?.checkpoints, []);
  });

  test('of two runs that find a dead holder at once, one takes over, and the other waits for it', async () => {
    const stage = '5'.repeat(64);
    const never = () => Promise.resolve(false);
    const dead = await CheckpointStore.acquire(server.store, stage, 'dead', never, { times });
    await dead?.[Symbol.asyncDispose]();
    let isOver = false;
    const wait = (name: string) => {
      const paced = afterBeats(stage, (looks) => isOver || looks > 2 * manyLooks);
      const look = async () => (await manifestOf(stage))?.lease.token === 2 && (await paced());
      return CheckpointStore.acquire(server.store, stage, name, look, { times });
    };
    const both = [wait('one'), wait('two')];
    await using first = await Promise.race(both);
    const held = await Promise.all(both);
    isOver = true;
    assert.equal(held.filter((one) => one !== undefined).length, 1);
    assert.deepEqual([first?.token, (await manifestOf(stage))?.lease.token], [2, 2]);
  });

  test('beats whose answers are lost are nobody else’s, and checkpoints between them arrive', async () => {
    const stage = '4'.repeat(64);
    const isManifest = ({ method, url }: IncomingMessage): boolean =>
      method === 'PUT' && /manifest\.json/.test(url ?? '');
    const impatient = new ObjectStore(
      server.store.bucket,
      openS3Connection({ ...server.variables, AWS_ENDPOINT_URL_S3: proxy.endpoint }, 1, 1_000),
    );
    const never = () => Promise.resolve(false);
    await using held = await CheckpointStore.acquire(impatient, stage, 'run', never, { times });
    for (const step of [1, 2, 3]) {
      proxy.faults = 0;
      proxy.next(2, 'lose-answer', isManifest);
      await eventually('answers were lost', () => Promise.resolve(proxy.faults === 2));
      await held?.save({ ...facts, position: { ...facts.position, step } }, Buffer.from(`data ${step}`));
    }
    const { checkpoints = [] } = (await manifestOf(stage)) ?? {};
    assert.deepEqual(
      checkpoints.map(({ position }) => position.step),
      [3, 2],
    );
    assert.equal(held?.lost.aborted, false);
  });

  test('one that is to finish takes the whole result of the other, which was there before or comes while it waits', async () => {
    const whole = await train(machine('whole'), 'whole');
    const result = await server.store.get(objectKeys.stageResult(head()));
    const found = await train(machine('late finish'), 'late', { finish: true });
    assert.deepEqual([found.key, found.reused], [whole.key, true]);

    await server.store.delete(objectKeys.stageResult(head()));
    const never = () => Promise.resolve(false);
    await using other = await CheckpointStore.acquire(server.store, head(), 'other', never, { times });
    let looks = 0;
    proxy.answered = ({ url }) => void (looks += Number(/manifest\.json/.test(url ?? '')));
    const waiting = train(machine('early finish', proxied), 'early', { finish: true });
    await eventually('it waits', () => Promise.resolve(looks > 4));
    await server.store.put(objectKeys.stageResult(head()), result);
    const output = await waiting;
    assert.deepEqual([output.key, output.reused, other?.token], [whole.key, true, 1]);
    assert.equal(output.result.epochs.length, tinySpec.head.epochs);
    await other?.discard();
    await forget(head());
  });

  test('an earlier stage that is made again has all its epochs, although time is up for the stage that needs it', async () => {
    const first = await train(machine('whole'), 'run');
    await forget(head());
    const again = await train(machine('elsewhere'), 'run', { stage: 1, previous: [first.key], endAt: Date.now() });
    assert.equal(again.result.ended, 'finished');
    const made = await train(machine('elsewhere'), 'run');
    assert.deepEqual([made.reused, made.result.parameters], [true, first.result.parameters]);
    await forget(head());
  });

  test('a trainer that is stopped while its features load gives the stage back', async () => {
    proxy.decide = ({ url }) => (/\/features\//.test(url ?? '') ? 'hang' : 'none');
    const stop = new AbortController();
    const stopped = train(machine('stopped', proxied), 'stopped', {}, stop.signal);
    await eventually('it has the lease', async () => (await manifestOf(head())) !== undefined);
    stop.abort();
    proxy.decide = () => 'none';
    await proxy.goDown();
    await proxy.comeBack();
    await assert.rejects(stopped);
    assert.equal((await manifestOf(head()))?.lease.released, true);
    await forget(head());
  });
});

/**
 * A program that takes a stage's lease, or says that another lives once it has looked so many times, each time after another
 * sign of life. With a checkpoint to store it lives on.
 */
function competitor(stage: string, looks: number, checkpoint?: CheckpointFacts): string {
  const module = (path: string): string => JSON.stringify(new URL(`../${path}.js`, import.meta.url).href);
  return `
    import { CheckpointStore } from ${module('storage/checkpointStore')};
    import { ObjectStore } from ${module('storage/objectStore')};
    import { checkpointManifestSchema } from ${module('contracts/training')};
    const store = new ObjectStore(process.env.GRAFTWORK_BUCKET);
    const beat = async () =>
      (await store.getJson('checkpoints/${stage}/manifest.json', checkpointManifestSchema)).lease.beat;
    let looks = 0;
    const ended = async () => {
      const seen = await beat();
      while ((await beat()) === seen) await new Promise((resolve) => setTimeout(resolve, 10));
      return ++looks > ${looks};
    };
    const held = await CheckpointStore.acquire(store, '${stage}', 'competitor', ended, { times: ${JSON.stringify(times)} });
    const checkpoint = ${JSON.stringify(checkpoint ?? null)};
    if (held !== undefined && checkpoint !== null) await held.save(checkpoint, Buffer.from('data'));
    process.stdout.write(held === undefined ? 'it lives' : 'taken');
    if (checkpoint !== null) setInterval(() => undefined, 1000);`;
}
