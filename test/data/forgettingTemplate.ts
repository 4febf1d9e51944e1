/** A bucket in which two pictures have gone everywhere they can go, made once and copied for each test. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSampleShard, sampleShards } from '../../activities/rank/rankingSample.js';
import { readPixelShard } from '../../activities/features/pixelShards.js';
import { readSplits } from '../../activities/plan/splitImages.js';
import type { EvaluateOutput } from '../../contracts/activities/trainingActivities.js';
import type { ImageEntry } from '../../contracts/data/dataset.js';
import { storedEvaluationSchema } from '../../contracts/data/evaluation.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { transferRecordSchema, type TaskEmbedding } from '../../contracts/models/ranking.js';
import { readSafetensors } from '../../learning/arrays/safetensors.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import { evaluationAt } from '../../storage/registry/evaluations.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { contents, fileAndName, forgettingSpec as spec, tested, tiny, trained, upload } from './forgettingForTests.js';
import { Pipeline, uploadTree } from '../fixtures/pipeline.js';
import type { S3Server } from '../s3/s3Server.js';

const stage = { stage: 'head', dimensions: 1, logme: 0, gain: 0, knn: 1, secondsPerImage: null };
const embedding: TaskEmbedding = { format: 1, classes: [{ mean: [1], variance: [0] }] };

/** Parameters of a stage that was ended early: its key depends on the run, so no plan leads to it. */
export const endedEarly = objectKeys.stageParameters('e'.repeat(64), 'f'.repeat(64));
/** Of a run that was killed before it registered, with the parameters of a model that never met these test pictures. */
const unregistered = 'f'.repeat(64);
const unfinished = 'e'.repeat(64);
/** Objects that cannot be read, whosever they were. */
export const damaged = [
  objectKeys.transferRecord('e'.repeat(64)),
  objectKeys.predictionImages('p2'),
  objectKeys.predictionOutput('p3'),
  objectKeys.runResult('run-4'),
];

export class ForgettingTemplate {
  /** What must be nowhere afterwards: file, name, stored pixels, features of each view. */
  readonly remains = new Map<string, Buffer[]>();
  private machines = 0;
  private objects: ReadonlyMap<string, Buffer> | undefined;

  private constructor(
    private readonly server: S3Server,
    /** A registered model's run, its child's, and what the first was measured at. */
    readonly run: Pipeline,
    readonly child: Pipeline,
    readonly evaluated: EvaluateOutput,
  ) {}

  get store(): ObjectStore {
    return this.server.store;
  }

  /** A registered model and a child of it, predictions, a ranking's sample, an upload nobody ingested, a failed run. */
  static async make(server: S3Server): Promise<ForgettingTemplate> {
    const { store } = server;
    const folder = (name: string): TestDependencies => dependenciesFor(store, join(server.folder, name));
    await uploadTree(store, tiny, upload);
    const run = await Pipeline.begin(folder('first'), { ...spec, dataset: { uri: store.uri(upload) } }, 'run-1');
    await run.preprocess();
    await run.features();
    const evaluated = await run.evaluate(await run.trainAll());
    await run.register(evaluated);
    const child = await trainChild(folder('second'), run.dataset.version);
    // Nobody looks into them any more, and they are the most of what there is.
    for await (const { key } of store.list('models/parameters/')) await store.delete(key);
    await leaveSample(run);
    const template = new ForgettingTemplate(server, run, child, evaluated);
    await template.leaveNames(store);
    for (const path of [trained, tested]) template.remains.set(path, await template.remainsOf(path));
    return template;
  }

  /** Another machine, with nothing on its disk. */
  machine(store: ObjectStore): TestDependencies {
    return dependenciesFor(store, join(this.server.folder, `cache-${this.machines++}`));
  }

  async copy(name: string): Promise<ObjectStore> {
    const store = await this.server.bucket(name);
    this.objects ??= await contents(this.store);
    for (const [key, bytes] of this.objects) await store.put(key, bytes);
    await this.leaveNames(store);
    return store;
  }

  async entry(path: string): Promise<ImageEntry> {
    const image = (await new Datasets(this.store).images(this.run.dataset.version)).find(
      (other) => other.path === path,
    );
    assert(image !== undefined);
    return image;
  }

  /** Names in these are of the bucket they are in, so they are left in each copy for itself. */
  private async leaveNames(store: ObjectStore): Promise<void> {
    await store.putJson(objectKeys.trial('c'.repeat(64)), { format: 1, outcome: null });
    await store.putJson(objectKeys.ranking('d'.repeat(64)), { format: 1, images: 1, stages: [stage], embedding });
    const { planDigest } = this.run;
    const record = await store.getJson(objectKeys.transferRecord(planDigest), transferRecordSchema);
    await store.putJson(objectKeys.transferRecord(planDigest), { ...record, embedding });
    for (const [index, path] of [trained, tested].entries()) {
      await store.put(objectKeys.predictionInput('p1', index), await readFile(join(tiny, path)));
      await store.put(`${objectKeys.upload('b'.repeat(64))}/mine/${index}.jpg`, await readFile(join(tiny, path)));
    }
    const image = (index: number) => ({
      name: `mine/${index}.jpg`,
      bucket: store.bucket,
      key: objectKeys.predictionInput('p1', index),
    });
    const decisions = await Promise.all(
      [trained, tested].map(async (path) => `${path},keep,,${sha256(await readFile(join(tiny, path)))}\n`),
    );
    await store.put(
      `${objectKeys.upload('a'.repeat(64))}/review.csv`,
      `path,decision,label,sha256\n${decisions.join('')}`,
    );
    await store.putJson(objectKeys.predictionImages('p1'), { format: 1, images: [image(0), image(1)] });
    const asked = { model: { name: 'tiny', version: 1 } };
    const answer = (path: string) => ({ format: 1, predictions: [{ path, top: [] }], unreadable: [] });
    await store.putJson(objectKeys.predictionOutput('p1'), { format: 2, ...asked, parts: [0, 1] });
    for (const index of [0, 1]) await store.putJson(objectKeys.predictionPart('p1', index), answer(image(index).name));
    // Of an earlier version, and asked by the address in the bucket.
    const rows = [0, 1].flatMap((index) => answer(store.uri(image(index).key)).predictions);
    await store.putJson(objectKeys.predictionOutput('p0'), { ...answer(''), ...asked, predictions: rows });
    const message = [trained, tested].map((path) => `${this.store.uri(upload)}/${path} has changed`).join('; ');
    await store.putJson(objectKeys.runResult('run-3'), { failure: { message } });
    for (const key of damaged) {
      await store.put(key, key.startsWith(objectKeys.transferRecords) ? 'damaged' : `damaged ${trained} ${tested}`);
    }
    await store.put(endedEarly, 'parameters');
    for await (const { key } of store.list('evaluations/')) {
      if (evaluationAt(key)?.start !== undefined) continue;
      const stored = await store.getJson(key, storedEvaluationSchema);
      if (stored.parameters.sha256 === this.evaluated.parameters.sha256) continue;
      const { evaluation, parameters } = stored;
      const asked = { path: tested, label: 0, predicted: 0 };
      const outcomes = [{ ...asked, probabilities: [1, 0] }];
      await store.putJson(objectKeys.evaluation(unregistered), { format: 1, evaluation, parameters, outcomes });
      // The same in parts: of a run that was killed before the last one.
      const part = { parameters: parameters.sha256, outcomes: [{ ...asked, rank: 0, probability: 1, confidence: 1 }] };
      await store.putJson(objectKeys.evaluationPart(unfinished, 256), { format: 1, ...part });
      await store.putJson(objectKeys.evaluationPart(unfinished, 0), { format: 1, ...part, outcomes: [] });
    }
  }

  private async remainsOf(path: string): Promise<Buffer[]> {
    const { dependencies, plan, dataset } = this.run;
    const image = await this.entry(path);
    const found = await fileAndName(path);
    const among = (await new Datasets(this.store).images(dataset.version)).filter(({ split }) => split === image.split);
    const place = among.findIndex((other) => other.path === path);
    const holds = ({ split, start, count }: { split: string; start: number; count: number }): boolean =>
      split === image.split && start <= place && place < start + count;
    const shard = plan.pixels.find(holds);
    assert(shard !== undefined);
    const { pixels, side } = await readPixelShard(dependencies, plan, shard, new AbortController().signal);
    const square = side * side * 3;
    found.push(Buffer.from(pixels.subarray((place - shard.start) * square, (place - shard.start + 1) * square)));
    const features = plan.features.find(holds);
    if (features === undefined) return found;
    const key = objectKeys.features(features.key);
    for (const { shape, bytes } of readSafetensors(await this.store.get(key), { name: key }).tensors.values()) {
      const row = bytes.byteLength / (shape[0] ?? 1);
      found.push(Buffer.from(bytes.subarray((place - features.start) * row, (place - features.start + 1) * row)));
    }
    return found;
  }
}

/** A model that starts from the first one, on pictures of which none is forgotten. */
async function trainChild(dependencies: TestDependencies, version: string): Promise<Pipeline> {
  const { store } = dependencies;
  const images = await new Datasets(store).images(version);
  for (const split of ['train', 'val']) {
    for (const name of ['daisy', 'roses']) {
      const some = images.filter(
        ({ path }) => path.startsWith(`${split}/${name}/`) && path !== trained && path !== tested,
      );
      for (const { path, key } of some.slice(0, 5)) await store.put(`photos/${path}`, await store.get(key));
    }
  }
  const child = await Pipeline.begin(
    dependencies,
    { ...spec, name: 'child', backbone: 'model:tiny@1', fineTune: [], dataset: { uri: store.uri('photos') } },
    'run-2',
  );
  await child.features();
  await child.register(await child.evaluate(await child.trainAll()));
  return child;
}

/** A shard no plan speaks of. */
async function leaveSample({ dependencies, plan }: Pipeline): Promise<void> {
  const { train } = await readSplits(dependencies, plan, new AbortController().signal);
  const sample = train.slice(0, train.length).filter(({ label }) => label === 1);
  for (const shard of sampleShards(sample, plan.input)) {
    await makeSampleShard(dependencies, plan.input, shard, sample, new AbortController().signal);
  }
}
