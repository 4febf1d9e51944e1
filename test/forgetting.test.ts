/** Forgetting a picture: afterwards nothing in the bucket holds its bytes, its pixels, its features or its name. */
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeSampleShard, sampleShards } from '../activities/rankingSample.js';
import { readPixelShard } from '../activities/pixelShards.js';
import { readSplits } from '../activities/splitImages.js';
import { uploadFolder } from '../client/uploadFolder.js';
import type { EvaluateOutput } from '../contracts/activities.js';
import type { ImageEntry } from '../contracts/dataset.js';
import { storedEvaluationSchema } from '../contracts/evaluation.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { predictionsSchema } from '../contracts/predictions.js';
import { transferRecordSchema, type TaskEmbedding } from '../contracts/ranking.js';
import { readSafetensors } from '../learning/weights/safetensors.js';
import { sha256 } from '../storage/contentKey.js';
import { Datasets } from '../storage/datasets.js';
import { exposedModels } from '../storage/forgetting/exposedModels.js';
import { forgetPictures, type ForgetOptions, type Forgetting } from '../storage/forgetting/forgetPictures.js';
import { findSightings } from '../storage/forgetting/sightings.js';
import { Tombstones } from '../storage/forgetting/tombstones.js';
import { modelLineage } from '../storage/lineage.js';
import { ModelRegistry } from '../storage/modelRegistry.js';
import { ObjectStore } from '../storage/objectStore.js';
import { openS3Connection, type S3Connection } from '../storage/s3Connection.js';
import { dependenciesFor, type TestDependencies } from './dependencies.js';
import { Pipeline, uploadTree } from './pipeline.js';
import { s3Unavailable, startS3Server, type S3Server } from './s3Server.js';
import { sharedData, sharedDataMissing } from './sharedData.js';
import { quickSpec } from './stackForTests.js';

const tiny = sharedData('datasets/tiny');
const upload = objectKeys.upload('a'.repeat(64));
const spec = {
  ...quickSpec,
  name: 'tiny',
  // Small pictures: what is looked for does not depend on it.
  preprocess: { resize: 64, crop: 64 },
  head: { epochs: 1 },
  fineTune: [{ epochs: 1, unfreeze: 'last' as const }],
};
const trained = 'train/roses/2535466393_6556afeb2f_m.jpg';
const tested = 'val/daisy/2812442552_3eed5fb9f2_m.jpg';
const stage = { stage: 'head', dimensions: 1, logme: 0, gain: 0, knn: 1, secondsPerImage: null };
const embedding: TaskEmbedding = { format: 1, classes: [{ mean: [1], variance: [0] }] };

describe('forgetting', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let connection: S3Connection;
  /** A registered model and a child of it, predictions, a ranking's sample, an upload nobody ingested, a failed run. */
  let template: ObjectStore;
  let run: Pipeline;
  let evaluated: EvaluateOutput;
  /** What must be nowhere afterwards. */
  const remains = new Map<string, Buffer[]>();

  before(async () => {
    server = await startS3Server();
    connection = openS3Connection(server.variables);
    template = server.store;
    await uploadTree(template, tiny, upload);
    run = await Pipeline.begin(machine(template), { ...spec, dataset: { uri: template.uri(upload) } }, 'run-1');
    await run.preprocess();
    await run.features();
    evaluated = await run.evaluate(await run.trainAll());
    await run.register(evaluated);
    await trainChild();
    // Nobody looks into them any more, and they are the most of what there is.
    for await (const { key } of template.list('models/parameters/')) await template.delete(key);
    await leaveSample();
    await leaveNames(template);
    for (const path of [trained, tested]) remains.set(path, await remainsOf(path));
  });
  after(() => server.stop());

  let machines = 0;
  function machine(store: ObjectStore): TestDependencies {
    return dependenciesFor(store, join(server.folder, `cache-${machines++}`));
  }

  /** A model that starts from the first one, on pictures of which none is forgotten. */
  async function trainChild(): Promise<void> {
    for (const split of ['train', 'val']) {
      for (const name of ['daisy', 'roses']) {
        const images = (await new Datasets(template).images(run.dataset.version)).filter(
          ({ path }) => path.startsWith(`${split}/${name}/`) && path !== trained && path !== tested,
        );
        for (const { path, key } of images.slice(0, 5)) await template.put(`photos/${path}`, await template.get(key));
      }
    }
    const child = await Pipeline.begin(
      machine(template),
      { ...spec, name: 'child', backbone: 'model:tiny@1', fineTune: [], dataset: { uri: template.uri('photos') } },
      'run-2',
    );
    await child.features();
    await child.register(await child.evaluate(await child.trainAll()));
  }

  /** A shard no plan speaks of. */
  async function leaveSample(): Promise<void> {
    const { train } = await readSplits(run.dependencies, run.plan, new AbortController().signal);
    const sample = train.slice(0, train.length).filter(({ label }) => label === 1);
    for (const shard of sampleShards(sample, run.plan.input)) {
      await makeSampleShard(run.dependencies, run.plan.input, shard, sample, new AbortController().signal);
    }
  }

  /** Names in these are of the bucket they are in, so they are left in each copy for itself. */
  async function leaveNames(store: ObjectStore): Promise<void> {
    await store.putJson(objectKeys.trial('c'.repeat(64)), { format: 1, outcome: null });
    await store.putJson(objectKeys.ranking('d'.repeat(64)), { format: 1, images: 1, stages: [stage], embedding });
    const record = await store.getJson(objectKeys.transferRecord(run.planDigest), transferRecordSchema);
    await store.putJson(objectKeys.transferRecord(run.planDigest), { ...record, embedding });
    for (const [index, path] of [trained, tested].entries()) {
      await store.put(objectKeys.predictionInput('p1', index), await readFile(join(tiny, path)));
      await store.put(`${objectKeys.upload('b'.repeat(64))}/mine/${index}.jpg`, await readFile(join(tiny, path)));
    }
    const image = (index: number) => ({
      name: `mine/${index}.jpg`,
      bucket: store.bucket,
      key: objectKeys.predictionInput('p1', index),
    });
    await store.putJson(objectKeys.predictionImages('p1'), { format: 1, images: [image(0), image(1)] });
    await store.putJson(objectKeys.predictionOutput('p1'), {
      format: 1,
      model: { name: 'tiny', version: 1 },
      predictions: [0, 1].map((index) => ({ path: `mine/${index}.jpg`, top: [] })),
      unreadable: [],
    });
    const message = [trained, tested].map((path) => `${template.uri(upload)}/${path} has changed`).join('; ');
    await store.putJson(objectKeys.runResult('run-3'), { failure: { message } });
  }

  /** Bytes by which a picture would be recognised: its file, its name, its stored pixels, its features of each view. */
  async function remainsOf(path: string): Promise<Buffer[]> {
    const image = await entry(path);
    const found = [await readFile(join(tiny, path)), Buffer.from(JSON.stringify(path).slice(1, -1))];
    const among = (await new Datasets(template).images(run.dataset.version)).filter(
      ({ split }) => split === image.split,
    );
    const place = among.findIndex((other) => other.path === path);
    const holds = ({ split, start, count }: { split: string; start: number; count: number }): boolean =>
      split === image.split && start <= place && place < start + count;
    const shard = run.plan.pixels.find(holds);
    assert(shard !== undefined);
    const { pixels, side } = await readPixelShard(run.dependencies, run.plan, shard, new AbortController().signal);
    const square = side * side * 3;
    found.push(Buffer.from(pixels.subarray((place - shard.start) * square, (place - shard.start + 1) * square)));
    const features = run.plan.features.find(holds);
    if (features === undefined) return found;
    const key = objectKeys.features(features.key);
    for (const { shape, bytes } of readSafetensors(await template.get(key), { name: key }).tensors.values()) {
      const row = bytes.byteLength / (shape[0] ?? 1);
      found.push(Buffer.from(bytes.subarray((place - features.start) * row, (place - features.start + 1) * row)));
    }
    return found;
  }

  async function entry(path: string): Promise<ImageEntry> {
    const image = (await new Datasets(template).images(run.dataset.version)).find((other) => other.path === path);
    assert(image !== undefined);
    return image;
  }

  async function contents(store: ObjectStore): Promise<Map<string, Buffer>> {
    const all = new Map<string, Buffer>();
    for await (const { key } of store.list()) all.set(key, await store.get(key));
    return all;
  }

  async function copy(bucket: string): Promise<ObjectStore> {
    const store = server.store.at(bucket);
    await store.ensureBucket();
    for (const [key, bytes] of await contents(template)) await store.put(key, bytes);
    await leaveNames(store);
    return store;
  }

  function options(change: Partial<ForgetOptions> = {}): ForgetOptions {
    return {
      asked: { by: 'a test', reason: 'because' },
      dryRun: false,
      deleteSource: false,
      sizes: new Set(),
      refuseIfInUse: async () => undefined,
      onStep: () => undefined,
      ...change,
    };
  }

  /** Addresses in lists stay those of the bucket they were made in. */
  async function forget(store: ObjectStore, path: string, change: Partial<ForgetOptions> = {}): Promise<Forgetting> {
    const sought = { digests: new Set<string>(), addresses: new Set([`${template.uri(upload)}/${path}`]) };
    const done = await forgetPictures(store, sought, options(change));
    assert(done !== undefined);
    return done;
  }

  async function assertNothingOf(store: ObjectStore, path: string): Promise<void> {
    const digest = sha256(await readFile(join(tiny, path)));
    for (const [key, bytes] of await contents(store)) {
      assert(!key.includes(path), `${key} names it`);
      for (const [index, trace] of (remains.get(path) ?? []).entries()) {
        assert(!bytes.includes(trace), `${key} holds trace ${index} of it`);
      }
      const mayKnowDigest = key.startsWith('forgotten/') || key.endsWith('/manifest.json');
      assert(mayKnowDigest || !(key + bytes.toString('latin1')).includes(digest), `${key} holds its digest`);
    }
  }

  test('the traces that are looked for are there to begin with', async () => {
    const all = [...(await contents(template)).values()];
    for (const traces of remains.values()) {
      assert(traces.length >= 3);
      for (const trace of traces) assert(all.some((bytes) => bytes.includes(trace)));
    }
    assert.equal(remains.get(trained)?.length, 5);
  });

  test('which versions hold a picture, and which models have met it', async () => {
    const datasets = new Datasets(template);
    const find = (path: string) =>
      findSightings(
        { store: template, datasets },
        { digests: new Set(), addresses: new Set([`${template.uri(upload)}/${path}`]) },
      );
    const { sightings, digests } = await find(trained);
    assert.deepEqual([...digests], [(await entry(trained)).sha256]);
    assert.deepEqual(
      sightings.map(({ version, split, class: name, image }) => [version, split, name, image?.path]),
      [[run.dataset.version, 'train', 'roses', trained]],
    );
    const registry = new ModelRegistry(template);
    assert.deepEqual(await exposedModels(registry, sightings), {
      learned: [
        { name: 'tiny', version: 1, through: null },
        { name: 'child', version: 1, through: 'tiny@1' },
      ],
      validated: [],
      tested: [],
    });
    assert.deepEqual((await exposedModels(registry, (await find(tested)).sightings)).tested, [
      { name: 'tiny', version: 1 },
    ]);
    assert.equal((await find('train/roses/no-such.jpg')).digests.size, 0);
  });

  test('a model’s lineage leads over the model it started from to the published weights', async () => {
    const child = await modelLineage(template, { name: 'child', version: 1 });
    assert.equal(child.source.from, 'model:tiny@1');
    const { parent } = child.source;
    assert.equal(parent?.parameters.sha256, child.source.sha256);
    assert.deepEqual(parent?.keys, { plan: run.planDigest, evaluation: evaluated.key });
    assert.equal(parent?.dataset.version, run.dataset.version);
    assert.equal(parent?.source.parent, null);
    assert.match(parent?.source.license ?? '', /Apache-2\.0/);
  });

  test('a dry run says what would change and changes nothing', async () => {
    const before = await contents(template);
    const { report } = await forget(template, trained, { dryRun: true });
    assert.deepEqual(await contents(template), before);
    assert.equal(report.changes.uploads.deleted, 2);
    assert(report.changes.features.deleted > 0 && report.changes.checkpoints.deleted > 0);
    assert.deepEqual(report.retired, [run.dataset.version]);
  });

  test('nothing is left of it; the next run does without it and reuses what is free of it', async () => {
    const store = await copy('forgotten');
    const { report } = await forget(store, trained);
    await assertNothingOf(store, trained);
    const { pixels, features, checkpoints, trials, rankings, records, predictions, runs, inspections, uploads } =
      report.changes;
    assert.equal(pixels.deleted, 2);
    assert.equal(features.deleted, 1);
    assert(checkpoints.deleted > 0);
    assert.deepEqual([trials.deleted, records.rewritten], [1, 1]);
    assert(rankings.deleted > 0);
    assert.deepEqual(predictions, { deleted: 1, rewritten: 2 });
    assert.deepEqual([runs.rewritten, uploads.deleted], [1, 2]);
    assert(inspections.deleted > 0);
    const [tombstone] = await new Tombstones(store).list();
    assert.deepEqual([tombstone?.by, tombstone?.reason], ['a test', 'because']);
    assert.notEqual(tombstone?.completedAt, null);

    // The other pictures are as they were.
    assert.deepEqual(
      (await store.getJson(objectKeys.predictionOutput('p1'), predictionsSchema)).predictions.map(({ path }) => path),
      ['mine/1.jpg'],
    );
    assert(await store.exists(`${upload}/${tested}`));
    const dependencies = machine(store);
    await assert.rejects(readSplits(dependencies, run.plan, new AbortController().signal), {
      code: 'GW_DATASET_RETIRED',
    });
    const retired = await new Datasets(store).images(run.dataset.version);
    assert.equal(retired.length, 35);
    const again = await Pipeline.begin(dependencies, { ...spec, dataset: { uri: store.uri(upload) } }, 'run-4');
    assert.notEqual(again.dataset.version, run.dataset.version);
    assert.equal(again.dataset.counts.train + again.dataset.counts.validation, 23);
    const known = new Set(run.plan.pixels.map(({ key }) => key));
    assert(again.plan.pixels.some(({ key, split }) => split === 'test' && known.has(key)));
    await again.preprocess();
    await again.features();
    assert.equal((await again.evaluate(await again.trainAll())).evaluation.count, 12);
    await assertNothingOf(store, trained);

    // The same once more has nothing to do.
    const onceMore = await forgetPictures(store, { digests: new Set(report.digests), addresses: new Set() }, options());
    assert(Object.values(onceMore?.report.changes ?? {}).every(({ deleted, rewritten }) => deleted + rewritten === 0));

    // By its digest it can still be said who has met it.
    const after = await findSightings(
      { store, datasets: new Datasets(store) },
      { digests: new Set(report.digests), addresses: new Set() },
    );
    assert.deepEqual(
      after.sightings.map(({ split, class: name, position, image }) => [split, name, position, image]),
      report.sightings.map(({ split, class: name, position }) => [split, name, position, null]),
    );
  });

  test('a test picture leaves the outcomes behind a registered model’s figures, and the figures stay', async () => {
    const store = await copy('tested');
    const before = await store.getJson(objectKeys.evaluation(evaluated.key), storedEvaluationSchema);
    const { report } = await forget(store, tested);
    await assertNothingOf(store, tested);
    const { evaluation, outcomes } = await store.getJson(objectKeys.evaluation(evaluated.key), storedEvaluationSchema);
    assert.deepEqual(evaluation, before.evaluation);
    assert.deepEqual(
      outcomes,
      before.outcomes.filter(({ path }) => path !== tested),
    );
    assert.deepEqual([report.changes.checkpoints.deleted, report.changes.features.deleted], [0, 0]);
    // A second picture of a version that is retired already: places are still those the version was made with.
    await forget(store, trained);
    await assertNothingOf(store, tested);
    await assertNothingOf(store, trained);
    const { redactions } = await new Datasets(store).manifest(run.dataset.version);
    assert.equal(redactions?.length, 2);
  });

  test('in a source that keeps it, it is put aside; from a folder it does not go up again', async () => {
    const store = server.store.at('source');
    await store.ensureBucket();
    await uploadTree(store, tiny, 'album');
    await store.put('album/train/roses/copy.jpg', await readFile(join(tiny, trained)));
    const digest = (await entry(trained)).sha256;
    const ours = { ...spec, dataset: { uri: store.uri('album') } };
    const before = (await Pipeline.begin(machine(store), ours)).dataset.version;
    const datasets = new Datasets(store);
    assert.deepEqual(
      (await datasets.duplicates(before)).map(({ paths }) => paths.length),
      [2],
    );
    const sought = { digests: new Set([digest]), addresses: new Set<string>() };
    const kept = await forgetPictures(store, sought, options());
    assert.deepEqual(
      kept?.report.leftInSources.toSorted(),
      [store.uri('album/train/roses/copy.jpg'), store.uri(`album/${trained}`)].toSorted(),
    );
    assert.deepEqual(await datasets.duplicates(before), []);
    assert.equal((await datasets.images(before)).length, 35);
    await store.delete('album/train/roses/copy.jpg');
    const { dataset } = await Pipeline.begin(machine(store), ours);
    assert.equal(dataset.quarantined, 1);
    const [aside] = await datasets.quarantined(dataset.version);
    assert.deepEqual([aside?.path, aside?.reason], [trained, 'forgotten']);

    const gone = await forgetPictures(store, sought, options({ deleteSource: true }));
    assert.equal(gone?.report.changes.sources.deleted, 0, 'by its digest alone nothing leads to the source any more');
    const named = { digests: new Set([digest]), addresses: new Set([store.uri(`album/${trained}`)]) };
    await forgetPictures(store, named, options({ deleteSource: true }));
    await assertNothingOf(store, trained);

    const folder = join(server.folder, 'folder');
    await mkdir(folder, { recursive: true });
    await cp(tiny, folder, { recursive: true });
    const first = await uploadFolder(store, folder);
    assert.deepEqual([first.files, first.sent, first.forgotten], [35, 35, 1]);
    await rm(join(folder, trained));
    const without = await uploadFolder(store, folder);
    assert.deepEqual([without.uri, without.sent, without.forgotten], [first.uri, 0, 0]);
    await assertNothingOf(store, trained);
  });

  test('a run that needs it is told of before anything is done', async () => {
    const before = await contents(template);
    const refusal = new Error('in use');
    let needed: Parameters<ForgetOptions['refuseIfInUse']>[0] | undefined;
    const refuseIfInUse: ForgetOptions['refuseIfInUse'] = async (question) => {
      needed = question;
      throw refusal;
    };
    await assert.rejects(forget(template, trained, { refuseIfInUse }), refusal);
    assert.deepEqual([...(needed?.versions ?? [])], [run.dataset.version]);
    assert.equal(needed?.known.size, 2);
    assert.deepEqual([...(needed?.predictions ?? [])], ['p1']);
    assert.deepEqual(await contents(template), before);
  });

  test('killed after any number of writes and deletions, the same again ends the work', async () => {
    const whole = await copy('whole');
    await forget(whole, trained);
    const expected = [...(await contents(whole)).keys()];

    class Killed extends ObjectStore {
      #left: number;
      constructor(changes: number) {
        super('killed', connection);
        this.#left = changes;
      }
      override at(bucket: string): ObjectStore {
        return bucket === this.bucket ? this : super.at(bucket);
      }
      #count(): void {
        if (this.#left-- <= 0) throw new Error('killed');
      }
      override async put(...args: Parameters<ObjectStore['put']>): Promise<string> {
        this.#count();
        return super.put(...args);
      }
      override async putPieces(...args: Parameters<ObjectStore['putPieces']>): Promise<string> {
        this.#count();
        return super.putPieces(...args);
      }
      override async delete(key: string): Promise<void> {
        this.#count();
        return super.delete(key);
      }
    }
    await copy('killed');
    let kills = 0;
    for (let changes = 0; ; changes += 2) {
      try {
        await forget(new Killed(changes), trained);
        break;
      } catch (thrown) {
        assert.match(String(thrown), /killed/);
        kills += 1;
      }
    }
    assert(kills >= 4, `killed ${kills} times`);
    const store = server.store.at('killed');
    assert.deepEqual([...(await contents(store)).keys()], expected);
    await assertNothingOf(store, trained);
    assert.equal((await new Datasets(store).images(run.dataset.version)).length, 35);
    assert.equal((await new Datasets(store).duplicates(run.dataset.version)).length, 0);
  });
});
