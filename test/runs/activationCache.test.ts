/** Where training takes its features from makes no difference to what it computes. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadFeatures, type LoadOptions, type StageFeatures } from '../../activities/features/loadFeatures.js';
import type { CacheDecision, FeatureKind } from '../../contracts/spec/activationCache.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { decodePixelShard } from '../../learning/images/pixelShard.js';
import { tf } from '../../learning/tensorflow.js';
import { readLayout } from '../../learning/arrays/safetensorsInFile.js';
import type { ContentCache } from '../../storage/cache/contentCache.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

describe('the activation cache', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let machine: TestDependencies;
  let run: Pipeline;

  before(async () => {
    server = await startS3Server();
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
    machine = dependenciesFor(server.store, join(server.folder, 'cache'));
    run = await begin(machine);
    await run.preprocess();
    await run.features();
  });
  after(() => server.stop());

  const begin = (dependencies: TestDependencies, spec = {}): Promise<Pipeline> =>
    Pipeline.begin(dependencies, {
      ...{ ...tinySpec, head: { epochs: 2, batchSize: 8 }, fineTune: [{ epochs: 1, batchSize: 8 }], ...spec },
      ...{ name: 'tiny', dataset: { uri: server.store.uri('tiny') } },
    });

  /** The plan, as it would be for a larger set. */
  function from(tier: CacheDecision['tier'], { plan }: Pipeline): Plan {
    const { pooled, cut } = plan.cache ?? {};
    assert.ok(pooled && cut);
    return { ...plan, cache: { pooled: { ...pooled, tier }, cut: { ...cut, tier } } };
  }

  const load = (dependencies: TestDependencies, plan: Plan, kind: FeatureKind): Promise<StageFeatures> => {
    const options: LoadOptions = {
      ...{ stage: 'a stage', progress: () => undefined, halvings: 0 },
      signal: new AbortController().signal,
    };
    return loadFeatures(dependencies, plan, kind, options);
  };

  /** Some views of training images from all over, and the validation split. */
  async function batches({ train, validation }: StageFeatures): Promise<Float32Array[]> {
    const { count, views } = train.features;
    const indices = Array.from({ length: count }, (_, i) => (i * 7) % count);
    const ofValidation = Array.from({ length: validation?.features.count ?? 0 }, (_, i) => i);
    const tensors = [
      await train.features.batch(
        indices,
        indices.map((i) => i % views),
      ),
      ...(validation
        ? [
            await validation.features.batch(
              ofValidation,
              ofValidation.map(() => 0),
            ),
          ]
        : []),
    ];
    const values = tensors.map((tensor) => tensor.dataSync<'float32'>().slice());
    tf.dispose(tensors);
    return values;
  }

  function difference(ours: readonly Float32Array[], theirs: readonly Float32Array[]): number {
    assert.deepEqual(
      ours.map(({ length }) => length),
      theirs.map(({ length }) => length),
    );
    return Math.max(...ours.map((values, i) => largest(values, theirs[i] as Float32Array)));
  }
  const largest = (a: Float32Array, b: Float32Array): number =>
    a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

  /** Bytes of each tensor of the stored feature shards. */
  async function storedSizes(cache: ContentCache, plan: Plan): Promise<Record<string, number>[]> {
    return Promise.all(
      plan.features.map(async ({ key }) => {
        const file = await cache.open(objectKeys.features(key));
        try {
          const { tensors } = await readLayout(file);
          return Object.fromEntries([...tensors].map(([name, { begin, end }]) => [name, end - begin]));
        } finally {
          await file.close();
        }
      }),
    );
  }

  test('from memory and from disk come the same bits, and files that are swept away meanwhile are still read', async () => {
    const other = dependenciesFor(server.store, join(server.folder, 'other'));
    const before = tf.memory().numTensors;
    for (const kind of ['pooled', 'cut'] as const) {
      await using inMemory = await load(machine, from('memory', run), kind);
      await using onDisk = await load(other, from('disk', run), kind);
      await rm(join(server.folder, 'other'), { recursive: true });
      assert.deepEqual(await batches(onDisk), await batches(inMemory));
      assert.deepEqual(onDisk.train.labels, inMemory.train.labels);
    }
    assert.deepEqual(other.warnings, []);
    assert.equal(tf.memory().numTensors, before);
  });

  test('a shard that is damaged, here and in the bucket, is made again before training reads from it', async () => {
    await using right = await load(machine, from('memory', run), 'cut');
    const [shard] = run.plan.features;
    const key = objectKeys.features(shard?.key ?? '');
    const damaged = Buffer.from(await server.store.get(key));
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 9) ^ 1, damaged.length - 9);
    await server.store.put(key, damaged);
    await writeFile(join(server.folder, 'cache', key), damaged);
    await using healed = await load(machine, from('disk', run), 'cut');
    assert.deepEqual(
      machine.warnings.splice(0).map(({ message }) => message),
      [
        'a copy on local disk is damaged: it is fetched again',
        'a shard of features is damaged or missing: it is computed again',
      ],
    );
    assert.deepEqual(await batches(healed), await batches(right));
  });

  test('a small set is held in memory, under keys that later settings leave alone', async () => {
    const { plan } = run;
    assert.deepEqual([plan.cache?.pooled.tier, plan.cache?.cut?.tier, plan.cut], ['memory', 'memory', 'blocks.2']);
    const shard = plan.features.find(({ split }) => split === 'train');
    const { crop, store, mean, std } = plan.input;
    const key = contentKey('features/2', {
      pixels: shard?.pixels,
      backbone: { name: plan.backbone.name, sha256: plan.backbone.sha256 },
      input: { crop, store, mean, std },
      cut: 'blocks.2',
      views: 2,
      // All that there was to say of a view before further settings, which are off and left out of the key.
      drawn: {
        augmentation: {
          views: 2,
          horizontalFlip: true,
          cropScale: [0.4, 1],
          cropRatio: [3 / 4, 4 / 3],
          colorJitter: 0.2,
        },
        seed: plan.spec.seed,
      },
    });
    assert.equal(shard?.key, key);
  });

  test('as float16 activations have keys of their own, half the size, and nearly the same values', async () => {
    const half = await begin(machine, { cache: { dtype: 'float16' } });
    await half.features();
    assert.deepEqual(half.plan.pixels, run.plan.pixels);
    const keys = new Set(run.plan.features.map(({ key }) => key));
    assert.ok(half.plan.features.every(({ key }) => !keys.has(key)));
    assert.deepEqual(
      await storedSizes(machine.cache, half.plan),
      (await storedSizes(machine.cache, run.plan)).map(({ pooled = 0, cut = 0 }) => ({ pooled, cut: cut / 2 })),
    );
    await using exact = await load(machine, from('disk', run), 'cut');
    await using rounded = await load(machine, from('disk', half), 'cut');
    await using held = await load(machine, from('memory', half), 'cut');
    const values = await batches(rounded);
    assert.deepEqual(values, await batches(held));
    const off = difference(values, await batches(exact));
    assert.ok(off > 0 && off < 0.05, `${off}`);
  });

  test('with next to no room on disk nothing is stored at the cut, and training computes nearly the same', async () => {
    const poor = dependenciesFor(server.store, join(server.folder, 'poor'), undefined, { budget: 1000 });
    const recomputing = await begin(poor);
    const { plan } = recomputing;
    assert.deepEqual([plan.cache?.cut?.tier, plan.cache?.pooled.tier, plan.cut], ['recompute', 'disk', 'blocks.2']);
    assert.match(plan.cache?.cut?.reason ?? '', /[KM]iB of activations as float32 exceed the 1000 B/);
    await recomputing.preprocess();
    await recomputing.features();
    assert.ok((await storedSizes(poor.cache, plan)).every((sizes) => !('cut' in sizes)));
    {
      await using computed = await load(poor, plan, 'cut');
      await using stored = await load(machine, run.plan, 'cut');
      assert.ok(difference(await batches(computed), await batches(stored)) < 1e-3);
    }
    const before = tf.memory().numTensors;
    for (const stage of [0, 1]) {
      // After the same head, so that only the source differs.
      const [ours, theirs] = [await trained(recomputing, stage), await trained(run, stage)];
      for (const [i, { loss }] of ours.entries())
        assert.ok(Math.abs(loss - (theirs[i]?.loss ?? NaN)) < 1e-2, `${loss}`);
    }
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual(poor.warnings, []);
  });

  test('a damaged shard of pixels is made again where activations are recomputed', async () => {
    const poor = dependenciesFor(server.store, join(server.folder, 'poor again'));
    const plan = from('recompute', run);
    const [shard] = plan.pixels;
    const key = objectKeys.pixels(shard?.key ?? '');
    const right = await server.store.get(key);
    await server.store.put(key, right.subarray(0, -1));
    await using computed = await load(poor, plan, 'cut');
    assert.match(poor.warnings.map(({ message }) => message).join(), /a shard of pixels is damaged or missing/);
    const { count, pixels } = decodePixelShard(await server.store.get(key), key);
    assert.deepEqual([count, pixels], [shard?.count, decodePixelShard(right, key).pixels]);
    assert.equal((await batches(computed)).length, 2);
  });

  const heads = new Map<Pipeline, string>();
  async function trained(pipeline: Pipeline, stage: number): Promise<{ loss: number }[]> {
    const { key, result } = await pipeline.train(stage, stage === 0 ? [] : [heads.get(pipeline) ?? '']);
    if (stage === 0) heads.set(pipeline, key);
    return result.epochs;
  }
});
