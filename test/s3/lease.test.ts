/** The lease of a stage: who holds it and lives keeps it, however long nothing is stored; who is dead loses it. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import type { CheckpointFacts } from '../../contracts/spec/stages/training.js';
import { CheckpointStore } from '../../storage/checkpoints/checkpointStore.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { facts, LeaseWorld, manyLooks, times } from './leaseWorld.js';
import { eventually } from '../stacks/processes.js';
import { s3Unavailable } from './s3Server.js';

describe('the lease of a stage', { skip: s3Unavailable, timeout: 180_000 }, () => {
  let world: LeaseWorld;

  before(async () => {
    world = await LeaseWorld.start();
  });
  after(() => world.stop());
  afterEach(() => {
    world.proxy.decide = () => 'none';
  });

  test('a trainer that computes for long in one go keeps its stage', async () => {
    const stage = '1'.repeat(64);
    await using held = await CheckpointStore.acquire(world.server.store, stage, 'busy', () => Promise.resolve(false), {
      times,
    });
    await eventually('it beats', async () => (await world.beatsOf(stage)) > 0);
    // Nothing moves in this process until the other has looked for long enough.
    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', competitor(stage, manyLooks)], {
      env: { ...process.env, ...world.server.variables },
    });
    assert.equal(answer.toString(), 'it lives');
    assert.equal(held?.lost.aborted, false);
  });

  test('a trainer that is killed is overtaken, and its last checkpoint gone on from', async () => {
    const stage = '2'.repeat(64);
    const holder = spawn(process.execPath, ['--input-type=module', '-e', competitor(stage, 0, facts)], {
      env: { ...process.env, ...world.server.variables },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    let isAlive = true;
    let looks = 0;
    const paced = world.afterBeats(stage, (beats) => ((looks = beats), !isAlive));
    let looksAfterDeath = 0;
    const looked = async (): Promise<boolean> => {
      if (isAlive) await paced();
      else looksAfterDeath += 1;
      return false;
    };
    const acquired = CheckpointStore.acquire(world.server.store, stage, 'heir', looked, { times });
    await eventually('it has lived on for long', () => Promise.resolve(looks > manyLooks));
    assert.equal((await world.manifestOf(stage))?.lease.token, 1);
    holder.kill('SIGKILL');
    isAlive = false;
    await using heir = await acquired;
    assert.deepEqual([heir?.token, heir?.resume?.checkpoint.position.step], [2, 1]);
    assert.ok(looksAfterDeath <= manyLooks, `it took ${looksAfterDeath} looks`);
  });

  test('a trainer that was overtaken hears of it although it stores nothing, and stores nothing more', async () => {
    const stage = '3'.repeat(64);
    const take = () =>
      CheckpointStore.acquire(world.server.store, stage, 'run', () => Promise.resolve(false), { times });
    await using overtaken = await take();
    await using heir = await take();
    await eventually('it hears', () => Promise.resolve(overtaken?.lost.aborted === true));
    const written = overtaken?.save(facts, Buffer.from('data'));
    await assert.rejects(written ?? Promise.resolve(), { code: 'GW_CONFLICT', retryable: true });
    await heir?.release();
    assert.deepEqual((await world.manifestOf(stage))?.checkpoints, []);
  });

  test('a beat of the one to be overtaken, just before the lease is taken, does not keep its successor off', async () => {
    const stage = '6'.repeat(64);
    const never = () => Promise.resolve(false);
    await using overtaken = await CheckpointStore.acquire(world.server.store, stage, 'run', never, { times });
    const late = new LateStore(world.server, async () => {
      const before = await world.beatsOf(stage);
      await eventually('it beats', async () => (await world.beatsOf(stage)) > before);
    });
    await using heir = await CheckpointStore.acquire(late, stage, 'run', never, { times });
    assert.deepEqual([overtaken?.token, heir?.token], [1, 2]);
  });

  test('of two runs that find a dead holder at once, one takes over, and the other waits for it', async () => {
    const stage = '5'.repeat(64);
    const never = () => Promise.resolve(false);
    const dead = await CheckpointStore.acquire(world.server.store, stage, 'dead', never, { times });
    await dead?.[Symbol.asyncDispose]();
    let isOver = false;
    const wait = (name: string) => {
      const paced = world.afterBeats(stage, (looks) => isOver || looks > 2 * manyLooks);
      const look = async () => (await world.manifestOf(stage))?.lease.token === 2 && (await paced());
      return CheckpointStore.acquire(world.server.store, stage, name, look, { times });
    };
    const both = [wait('one'), wait('two')];
    await using first = await Promise.race(both);
    const held = await Promise.all(both);
    isOver = true;
    assert.equal(held.filter((one) => one !== undefined).length, 1);
    assert.deepEqual([first?.token, (await world.manifestOf(stage))?.lease.token], [2, 2]);
  });

  test('beats whose answers are lost are nobody else’s, and checkpoints between them arrive', async () => {
    const stage = '4'.repeat(64);
    const isManifest = ({ method, url }: IncomingMessage): boolean =>
      method === 'PUT' && /manifest\.json/.test(url ?? '');
    const impatient = new ObjectStore(
      world.server.store.bucket,
      openS3Connection({ ...world.server.variables, AWS_ENDPOINT_URL_S3: world.proxy.endpoint }, 1, 1_000),
    );
    const never = () => Promise.resolve(false);
    await using held = await CheckpointStore.acquire(impatient, stage, 'run', never, { times });
    for (const step of [1, 2, 3]) {
      world.proxy.faults = 0;
      world.proxy.next(2, 'lose-answer', isManifest);
      await eventually('answers were lost', () => Promise.resolve(world.proxy.faults === 2));
      await held?.save({ ...facts, position: { ...facts.position, step } }, Buffer.from(`data ${step}`));
    }
    const { checkpoints = [] } = (await world.manifestOf(stage)) ?? {};
    assert.deepEqual(
      checkpoints.map(({ position }) => position.step),
      [3, 2],
    );
    assert.equal(held?.lost.aborted, false);
  });
});

/** Its first write comes after something has happened. */
class LateStore extends ObjectStore {
  private first = true;

  constructor(
    { store, variables }: LeaseWorld['server'],
    private readonly happened: () => Promise<void>,
  ) {
    super(store.bucket, openS3Connection(variables));
  }

  override async putJson(...given: Parameters<ObjectStore['putJson']>): Promise<string> {
    if (this.first) await this.happened();
    this.first = false;
    return super.putJson(...given);
  }
}

/**
 * A program that takes a stage's lease, or says that another lives once it has looked so many times, each time after another
 * sign of life. With a checkpoint to store it lives on.
 */
function competitor(stage: string, looks: number, checkpoint?: CheckpointFacts): string {
  const module = (path: string): string => JSON.stringify(new URL(`../../${path}.js`, import.meta.url).href);
  return `
    import { CheckpointStore } from ${module('storage/checkpoints/checkpointStore')};
    import { ObjectStore } from ${module('storage/objects/objectStore')};
    import { checkpointManifestSchema } from ${module('contracts/spec/stages/training')};
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
