/** Collecting garbage: what is needed stays, what is not goes, and being killed or running beside a run does no harm. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { collectDigests } from '../../client/runs/runsInProgress.js';
import { EncryptionCodec } from '../../codec/encryptionCodec.js';
import type { EvaluateOutput } from '../../contracts/activities/trainingActivities.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { collectGarbage, type GarbageReport } from '../../storage/garbage/garbageCollector.js';
import type { RunsInProgress } from '../../storage/garbage/garbageRoots.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection, type S3Connection } from '../../storage/s3/s3Connection.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { shortStep, tinySpec } from '../fixtures/quickSpecs.js';
import { s3Unavailable, startS3Server } from './s3Server.js';
import type { S3Server } from './s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

const day = 24 * 3_600_000;
const nobody: RunsInProgress = { digests: new Set(), predictions: new Set(), since: undefined };
const folderDigest = 'a'.repeat(64);
const spec = { ...tinySpec, name: 'tiny', head: { epochs: 2 }, fineTune: [{ epochs: 1, ...shortStep }] };

describe('garbage', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let connection: S3Connection;
  /** Of a run that was registered, one that was not, and what a client left. */
  let template: ObjectStore;
  let registered: { run: Pipeline; evaluated: EvaluateOutput };
  let abandoned: Pipeline;

  before(async () => {
    server = await startS3Server();
    connection = openS3Connection(server.variables);
    template = server.store;
    await uploadTree(template, sharedData('datasets/tiny'), objectKeys.upload(folderDigest));
    const run = await begin(template, 0);
    await run.preprocess();
    await run.features();
    const evaluated = await run.evaluate(await run.trainAll());
    await run.register(evaluated);
    registered = { run, evaluated };
    abandoned = await begin(template, 1);
    await abandoned.features();
    await abandoned.train(0, []);
    await template.put('predictions/p1/input/0', 'a photo');
    await template.putJson('predictions/p1/images.json', { format: 1, images: [] });
    await template.putJson('predictions/p1/result.json', {});
    await template.putJson('predictions/p1/result/0.json', {});
    // Of one that was stopped before it had answered.
    await template.putJson('predictions/p2/result/0.json', {});
    await template.put(`${objectKeys.upload('b'.repeat(64))}/never/ingested.jpg`, 'a photo');
    await template.put('uploads/of-a-person/photo.jpg', 'not ours');
    // The store's clock has whole seconds.
    await delay(1_100);
  });
  after(() => server.stop());

  let machines = 0;
  function begin(store: ObjectStore, seed: number): Promise<Pipeline> {
    const dependencies = dependenciesFor(store, join(server.folder, `cache-${machines++}`));
    const dataset = { uri: template.uri(objectKeys.upload(folderDigest)) };
    return Pipeline.begin(dependencies, { ...spec, seed, dataset }, `run-${seed}`);
  }

  async function keysOf(store: ObjectStore): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list()) keys.push(key);
    return keys;
  }

  /** A bucket with the same objects. */
  async function copy(name: string): Promise<ObjectStore> {
    const store = await server.bucket(name);
    for (const key of await keysOf(template)) await store.put(key, await template.get(key));
    return store;
  }

  function collect(
    store: ObjectStore,
    { runs = nobody, days = 8, dryRun = false }: { runs?: RunsInProgress; days?: number; dryRun?: boolean } = {},
  ): Promise<GarbageReport> {
    const runsInProgress = () => Promise.resolve(runs);
    return collectGarbage(store, { runsInProgress, keepFor: 7 * day, dryRun, now: Date.now() + days * day });
  }

  const startsWith = (prefix: string) => (key: string) => key.startsWith(prefix);

  test('within the days of grace nothing goes', async () => {
    assert.equal((await collect(template, { days: 6 })).objects, 0);
  });

  test('a dry run says what would go, by kind, and leaves everything', async () => {
    const before = await keysOf(template);
    const { removed, objects, bytes } = await collect(template, { dryRun: true });
    assert.deepEqual(await keysOf(template), before);
    assert.equal(removed.plans.objects, 2);
    assert.equal(removed.predictions.objects, 3);
    assert.equal(removed.uploads.objects, 1);
    assert.equal(removed.models.objects + removed.evaluations.objects, 0);
    assert(removed.pixels.objects > 0 && removed.features.objects > 0 && removed.checkpoints.objects >= 6);
    assert(objects > 10 && bytes > 1_000_000);
  });

  test('what a registered model and a dataset version need stays; the rest goes, and can be made again', async () => {
    const store = await copy('swept');
    // What a search and a measurement leave, under anybody's key.
    for (const key of [objectKeys.trial(folderDigest), objectKeys.augmentationChoice(folderDigest)]) {
      await store.putJson(key, { format: 1 });
    }
    await collect(store);
    const left = await keysOf(store);
    for (const prefix of ['plans/', 'pixels/', 'features/', 'checkpoints/', 'rankings/', 'trials/', 'augmentations/']) {
      assert.deepEqual(left.filter(startsWith(prefix)), []);
    }
    assert(left.includes(objectKeys.transferRecord(registered.run.planDigest)));
    const answers = ['predictions/p1/result.json', 'predictions/p1/result/0.json'];
    assert.deepEqual(left.filter(startsWith('predictions/')).toSorted(), answers);
    assert(left.includes('uploads/of-a-person/photo.jpg'));
    const card = await new ModelRegistry(store).card('tiny', 1);
    assert(left.includes(objectKeys.modelParameters(card.parameters.sha256)));
    assert(left.includes(objectKeys.evaluation(registered.evaluated.key)));
    assert(left.includes(objectKeys.evaluationPart(registered.evaluated.key, 0)));
    const images = await new Datasets(store).images(card.dataset.version);
    const photos = left.filter(startsWith(`${objectKeys.upload(folderDigest)}/`));
    assert(images.every(({ key }) => photos.includes(key)));
    assert.equal((await collect(store)).objects, 0);

    const again = await begin(store, 0);
    await again.preprocess();
    await again.features();
    const evaluated = await again.evaluate(await again.trainAll());
    assert.equal(evaluated.parameters.sha256, card.parameters.sha256);
  });

  test('what a run in progress needs stays, however old', async () => {
    const store = await copy('in-progress');
    const digests = new Set<string>();
    // As in a history: a payload with the activity's result.
    const payload = Buffer.from(JSON.stringify({ digest: abandoned.planDigest }));
    const events = [{ activityTaskCompletedEventAttributes: { result: [{ data: payload }] } }];
    await collectDigests({ events }, digests, new EncryptionCodec([]));
    await collect(store, { runs: { digests, predictions: new Set(['p1']), since: Date.now() } });
    const left = await keysOf(store);
    assert(left.includes(objectKeys.plan(abandoned.planDigest)));
    assert(!left.includes(objectKeys.plan(registered.run.planDigest)));
    for (const { key } of abandoned.plan.features) assert(left.includes(objectKeys.features(key)));
    for (const { key } of abandoned.plan.pixels) assert(left.includes(objectKeys.pixels(key)));
    assert(left.includes('predictions/p1/input/0'));
    const { key } = await abandoned.train(0, []);
    assert(left.includes(objectKeys.stageResult(key)));
    const stages = new Set(left.filter(startsWith('checkpoints/')).map((name) => name.split('/')[1]));
    assert.deepEqual([...stages], [key]);
  });

  test('what was written since the earliest run in progress began stays, even without days of grace', async () => {
    const runs = { ...nobody, since: Date.now() - 3_600_000 };
    const report = await collectGarbage(template, { runsInProgress: async () => runs, keepFor: 0, dryRun: true });
    assert.equal(report.objects, 0);
  });

  test('killed after any number of deletions, it has taken nothing that is needed, and the next one ends the work', async () => {
    const whole = await copy('whole');
    await collect(whole);
    const expected = await keysOf(whole);

    class Killed extends ObjectStore {
      deletions = 0;
      constructor(private readonly mostDeletions: number) {
        super('killed', connection);
      }
      override async delete(key: string): Promise<void> {
        if (++this.deletions > this.mostDeletions) throw new Error('killed');
        await super.delete(key);
      }
    }
    const store = await copy('killed');
    for (const deletions of [0, 1, 2, 5]) {
      await assert.rejects(collect(new Killed(deletions)), /killed/);
      const left = new Set(await keysOf(store));
      assert(expected.every((key) => left.has(key)));
    }
    await collect(store);
    assert.deepEqual(await keysOf(store), expected);
  });

  test('an evaluation that a run reuses while the sweep is about to begin stays, with its model', async () => {
    const store = await copy('race');
    // Without a card nothing but that run needs them.
    await store.delete(objectKeys.modelCard('tiny', 1));
    await delay(1_100);
    let asked = 0;
    let reused: EvaluateOutput | undefined;
    const runsInProgress = async (): Promise<RunsInProgress> => {
      if (++asked === 2) {
        // Everything is listed, nothing is deleted yet; Temporal does not show the new run so soon.
        const run = await begin(store, 0);
        reused = await run.evaluate(await run.trainAll());
      }
      return nobody;
    };
    await collectGarbage(store, { runsInProgress, keepFor: 7 * day, dryRun: false, now: Date.now() + 8 * day });
    assert.equal(asked, 2);
    assert.equal(reused?.reused, true);
    const left = await keysOf(store);
    assert(left.includes(objectKeys.evaluation(reused.key)));
    assert(left.includes(objectKeys.modelParameters(reused.parameters.sha256)));
  });

  test('parts of an upload that was killed go after the days of grace', async () => {
    const request = { Bucket: template.bucket, Key: objectKeys.features('c'.repeat(64)) };
    const { UploadId } = await connection.client.send(new CreateMultipartUploadCommand(request));
    const part = { ...request, UploadId, PartNumber: 1, Body: Buffer.alloc(1 << 20) };
    await connection.client.send(new UploadPartCommand(part));
    assert.equal((await collect(template, { days: 6 })).unfinishedUploads, 0);
    assert.equal((await collect(template, { dryRun: true })).unfinishedUploads, 1);
    const store = await copy('parts');
    await connection.client.send(new CreateMultipartUploadCommand({ ...request, Bucket: store.bucket }));
    assert.equal((await collect(store)).unfinishedUploads, 1);
    assert.equal((await collect(store)).unfinishedUploads, 0);
  });

  test('when it is unknown what is needed, nothing is deleted', async () => {
    const store = await copy('unclear');
    const before = await keysOf(store);
    await store.put(objectKeys.modelCard('tiny', 1), 'damaged');
    await assert.rejects(collect(store), { code: 'GW_CORRUPT', message: /card\.json/ });
    assert.deepEqual(await keysOf(store), before);
  });
});
