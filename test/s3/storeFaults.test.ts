/** A store that misbehaves, between the project and a real S3 server: waited for, never believed wrongly. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { objectKeys } from '../../contracts/objectKeys.js';
import { checkpointManifestSchema } from '../../contracts/spec/stages/training.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { FaultProxy } from './faultProxy.js';
import { choose, seeded } from '../fixtures/mutations.js';
import { Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { eventually } from '../stacks/processes.js';
import { s3Unavailable, startS3Server } from './s3Server.js';
import type { S3Server } from './s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('a store that misbehaves', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let proxy: FaultProxy;
  /** Through the proxy: one that waits, as workers do, and one that does not. */
  let patient: ObjectStore;
  let impatient: ObjectStore;
  /** Of each wait the number of tries before it. */
  const waits: unknown[] = [];

  before(async () => {
    server = await startS3Server();
    proxy = await FaultProxy.start(server.variables.AWS_ENDPOINT_URL_S3 ?? server.variables.AWS_ENDPOINT_URL ?? '');
    const variables = { ...server.variables, AWS_ENDPOINT_URL_S3: proxy.endpoint };
    const connect = () => openS3Connection(variables, 3, 1_000);
    const warn = ({ tries }: Record<string, unknown>): void => void waits.push(tries);
    patient = new ObjectStore(server.store.bucket, connect(), { limit: 600_000, warn });
    impatient = new ObjectStore(server.store.bucket, connect());
  });
  after(async () => {
    await proxy.stop();
    await server.stop();
  });
  afterEach(() => {
    proxy.decide = () => 'none';
  });

  async function keysBelow(store: ObjectStore, prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list(prefix)) keys.push(key);
    return keys;
  }

  const isPut = ({ method }: IncomingMessage): boolean => method === 'PUT';

  test('one that is down: a caller that waits is served when it is back, one that does not gets an error', async () => {
    await patient.put('down', 'before');
    await proxy.goDown();
    // Before it, a busy machine may have kept somebody waiting.
    waits.length = 0;
    await assert.rejects(impatient.get('down'), { code: 'GW_S3_UNREACHABLE', retryable: true });
    const all = Promise.all([
      patient.get('down').then(String),
      patient.put('written', 'meanwhile'),
      patient.exists('down'),
      keysBelow(patient, 'down'),
      patient.delete('nothing'),
    ]);
    await eventually('all five wait', () => Promise.resolve(waits.filter((tries) => tries === 1).length === 5));
    await proxy.comeBack();
    const [text, , exists, keys] = await all;
    assert.deepEqual([text, exists, keys], ['before', true, ['down']]);
    assert.equal((await server.store.get('written')).toString(), 'meanwhile');
  });

  test('one that asks to be spared, cuts connections and hangs: everything arrives, and whole', async () => {
    const random = seeded(5);
    proxy.faults = 0;
    proxy.decide = () =>
      random() < 0.35
        ? choose(random, ['slow-down', 'cut-answer', 'cut-request', 'lose-answer', 'hang'] as const)
        : 'none';
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const bytes = randomBytes(200_000 + index);
        await patient.put(`faulty/${index}`, bytes);
        assert(bytes.equals(await patient.get(`faulty/${index}`)));
      }),
    );
    assert(proxy.faults > 5);
  });

  test('a conditional write that is refused wrongly is made; one that is refused rightly is a conflict', async () => {
    const first = await patient.put('condition', '1', { ifAbsent: true });
    proxy.next(2, 'refuse-condition', isPut);
    const second = await patient.put('condition', '2', { ifMatch: first });
    assert.equal((await server.store.get('condition')).toString(), '2');
    proxy.next(2, 'refuse-condition', isPut);
    await patient.put('condition-new', '1', { ifAbsent: true });
    await assert.rejects(patient.put('condition', '3', { ifMatch: first }), { code: 'GW_CONFLICT' });
    proxy.next(100, 'refuse-condition', isPut);
    await assert.rejects(patient.put('condition', '3', { ifMatch: second }), { code: 'GW_CONFLICT' });
  });

  test('a conditional write whose answer is lost has happened once', async () => {
    const first = await patient.put('lost', '1', { ifAbsent: true });
    proxy.next(5, 'lose-answer', isPut);
    const second = await patient.put('lost', '2', { ifMatch: first });
    assert.equal(second, (await server.store.head('lost'))?.etag);
    proxy.decide = () => 'none';
    await patient.put('lost', '3', { ifMatch: second });
  });

  test('a slow one only takes its time', async () => {
    proxy.decide = () => 'slow';
    await patient.put('slow', 'bytes');
    assert.equal((await patient.get('slow')).toString(), 'bytes');
  });

  test('training goes on while checkpoints cannot be stored, and ends with the same bytes', async () => {
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    const epochs = 200;
    const spec = {
      ...tinySpec,
      dataset: { uri: server.store.uri('tiny') },
      head: { epochs, batchSize: 8, patience: null },
      checkpoint: { everySeconds: 0.02 },
    };
    const dependencies = dependenciesFor(patient, join(server.folder, 'cache'));
    const run = await Pipeline.begin(dependencies, spec);
    await run.preprocess();
    await run.features();
    const stage = stageKey(run.plan, 0, [], null);
    const epochsStored = async (): Promise<number> => {
      const key = objectKeys.checkpointManifest(stage);
      const manifest = await server.store.getJsonIfPresent(key, checkpointManifestSchema);
      return manifest?.checkpoints[0]?.epochs.length ?? 0;
    };
    let at = 0;
    let seenDown = 0;
    let ended = false;
    let down: Promise<void> | undefined;
    const trained = run.train(0, [], {
      progress: ({ stage: name, epoch = 0 }) => {
        if (name !== 'head') return;
        at = epoch;
        down ??= epoch >= 5 ? outage() : undefined;
      },
    });
    const isMissed = () => dependencies.warnings.some(({ message }) => /checkpoint was not stored/.test(message));
    /** Down at once, until a checkpoint could not be stored and twenty more epochs are trained. */
    async function outage(): Promise<void> {
      const from = at;
      await proxy.goDown();
      while (!(isMissed() && at >= from + 20) && !ended) await delay(10);
      seenDown = at - (await epochsStored());
      await proxy.comeBack();
    }
    const { result } = await trained.finally(() => (ended = true));
    await down;
    assert(seenDown >= 15, `it went on for ${seenDown} epochs beyond the last checkpoint`);
    assert.equal(result.epochs.at(-1)?.epoch, epochs);
    assert(isMissed());

    // The same stage without disturbance, on another server's bucket.
    const other = await server.bucket('undisturbed');
    await uploadTree(other, sharedData('datasets/tiny'), 'tiny');
    const calm = await Pipeline.begin(dependenciesFor(other, join(server.folder, 'other')), {
      ...spec,
      dataset: { uri: other.uri('tiny') },
    });
    await calm.preprocess();
    await calm.features();
    assert.equal((await calm.train(0, [])).result.parameters, result.parameters);
  });
});
