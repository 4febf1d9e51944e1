/** Damage to stored objects: noticed wherever they are read, made good where that is possible, never trained on. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { objectKeys } from '../../contracts/objectKeys.js';
import { checkpointManifestSchema, stageResultSchema } from '../../contracts/spec/stages/training.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { fuzzCorruptions } from './corruptionFuzz.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { mutations, seeded } from '../fixtures/mutations.js';
import { Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { s3Unavailable, startS3Server } from '../s3/s3Server.js';
import type { S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('corruption', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  const random = seeded(3);

  before(async () => {
    server = await startS3Server();
  });
  after(() => server.stop());

  test('of 48 corruptions of objects of every kind none goes unnoticed, and none ends without a code', async () => {
    const { findings, corruptions, undetected, untyped, kinds } = await fuzzCorruptions(
      server.store,
      join(server.folder, 'fuzz'),
      48,
      1,
    );
    assert.deepEqual(findings, []);
    assert.equal(undetected + untyped, 0);
    assert(corruptions >= 40, `${corruptions}`);
    assert(Object.keys(kinds).length >= 18, JSON.stringify(kinds));
  });

  /** A run in a bucket of its own. `damage` is called between steps; each step runs on a machine with nothing cached. */
  async function run(
    bucket: string,
    damage: (step: string, run: Pipeline, kept: readonly string[]) => Promise<unknown>,
  ): Promise<{ digest: string; warnings: string[] }> {
    const store = await server.bucket(bucket);
    await uploadTree(store, sharedData('datasets/tiny'), 'tiny');
    const machines: TestDependencies[] = [];
    const machine = (): TestDependencies => {
      const made = dependenciesFor(store, join(server.folder, bucket, String(machines.length)));
      machines.push(made);
      return made;
    };
    // The address of the data is part of the spec, but of no key: both runs come to the same plan otherwise.
    const begin = (): Promise<Pipeline> =>
      Pipeline.begin(machine(), { ...tinySpec, name: 'tiny', dataset: { uri: store.uri('tiny') } });
    const step = async (name: string, kept: readonly string[] = []): Promise<Pipeline> => {
      const pipeline = await begin();
      await damage(name, pipeline, kept);
      return pipeline;
    };
    await (await step('preprocess')).preprocess();
    await (await step('features')).features();
    const kept: string[] = [];
    const { stages } = await begin().then(({ plan }) => plan);
    for (const index of stages.keys()) {
      const { key, result } = await (await step(`stage ${index}`, kept)).train(index, [...kept]);
      if (result.kept) kept.push(key);
    }
    const evaluated = await (await step('evaluate', kept)).evaluate([...kept]);
    const again = await (await step('evaluate again', kept)).evaluate([...kept]);
    assert.deepEqual(again.evaluation, evaluated.evaluation);
    assert.equal(again.parameters.sha256, evaluated.parameters.sha256);
    const anew = await (await step('evaluate anew', kept)).evaluate([...kept]);
    assert.deepEqual(anew.evaluation, evaluated.evaluation);
    await (await step('register', kept)).register(again);
    // What is registered can be used.
    await dependenciesFor(store, join(server.folder, bucket, 'user')).cache.fetch(
      objectKeys.modelParameters(again.parameters.sha256),
      again.parameters.sha256,
    );
    return {
      digest: again.parameters.sha256,
      warnings: machines.flatMap(({ warnings }) => warnings.map(({ message }) => message)),
    };
  }

  async function flip(store: ObjectStore, key: string): Promise<void> {
    const bytes = await store.get(key);
    const damaged = mutations['many bits flipped']?.(bytes, random, bytes);
    assert(damaged !== undefined && !damaged.equals(bytes));
    await store.put(key, damaged);
  }

  test('a run whose objects are damaged between its steps ends with the bytes of an undisturbed one', async () => {
    const undisturbed = await run('undisturbed', async () => undefined);
    assert.deepEqual(undisturbed.warnings, []);

    const disturbed = await run('disturbed', async (step, { dependencies: { store }, plan, dataset }, kept) => {
      const [pixels] = plan.pixels;
      const [features] = plan.features;
      const testPixels = plan.pixels.find(({ split }) => split === 'test');
      assert(pixels !== undefined && features !== undefined && testPixels !== undefined);
      switch (step) {
        case 'features':
          return flip(store, objectKeys.pixels(pixels.key));
        case 'stage 0':
          return flip(store, objectKeys.features(features.key));
        case 'stage 1': {
          const [head = ''] = kept;
          const { parameters } = await store.getJson(objectKeys.stageResult(head), stageResultSchema);
          await flip(store, objectKeys.stageParameters(head, parameters));
          return store.delete(objectKeys.features(features.key));
        }
        case 'evaluate':
          await flip(store, objectKeys.datasetImages(dataset.version));
          await flip(store, objectKeys.stageResult(kept.at(-1) ?? ''));
          return flip(store, objectKeys.pixels(testPixels.key));
        case 'evaluate again':
          for await (const { key } of store.list('models/parameters/')) await flip(store, key);
          return;
        case 'evaluate anew':
          for await (const { key } of store.list('evaluations/')) if (key.endsWith('/0.json')) await flip(store, key);
          return;
        default:
          return;
      }
    });
    assert.equal(disturbed.digest, undisturbed.digest);
    for (const expected of [
      /shard of pixels is damaged or missing: it is written again/,
      /shard of features is damaged or missing: it is computed again/,
      /stage's parameters are damaged or missing: the stage is trained again/,
      /dataset version is damaged: its source is ingested again/,
      /parameters of an evaluated model are damaged or missing: they are stored again/,
      /^a stored evaluation is damaged: it is computed again/,
      /^a part of an evaluation is damaged: it is computed again/,
    ]) {
      assert(
        disturbed.warnings.some((message) => expected.test(message)),
        `${expected} in ${disturbed.warnings.join('; ')}`,
      );
    }
  });

  test('a stopped stage goes on although its newest checkpoint and its manifest are damaged', async () => {
    const store = await server.bucket('stopped');
    await uploadTree(store, sharedData('datasets/tiny'), 'tiny');
    const dependencies = dependenciesFor(store, join(server.folder, 'stopped'));
    const spec = {
      ...tinySpec,
      name: 'tiny',
      dataset: { uri: store.uri('tiny') },
      head: { epochs: 60, batchSize: 8 },
      checkpoint: { everySeconds: 0.001 },
    };
    const run = await Pipeline.begin(dependencies, spec);
    await run.preprocess();
    await run.features();
    const stop = new AbortController();
    await assert.rejects(run.train(0, [], { signal: stop.signal, epochs: () => stop.abort() }), {
      code: 'GW_PREEMPTED',
    });
    const stage = stageKey(run.plan, 0, [], null);
    const key = objectKeys.checkpointManifest(stage);
    const { checkpoints } = await store.getJson(key, checkpointManifestSchema);
    const [newest, older] = checkpoints;
    assert(newest !== undefined && older !== undefined);
    await flip(store, objectKeys.checkpointData(stage, newest.data));
    await flip(store, key);
    const resumed = await run.train(0, []);
    assert.deepEqual(resumed.resumedFrom, { epoch: older.position.epoch, step: older.position.step });
    assert(dependencies.warnings.some(({ message }) => /manifest\.json is damaged/.test(message)));

    await store.delete(objectKeys.stageResult(stage));
    const whole = await run.train(0, []);
    assert.equal(whole.resumedFrom, null);
    assert.equal(whole.result.parameters, resumed.result.parameters);
  });
});
