/** Pixel shards of a real dataset version, on a real S3 server. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ingestDataset } from '../../activities/ingest/ingestDataset.js';
import { planPixelShards } from '../../activities/plan/planPixelShards.js';
import { writePlan } from '../../activities/plan/planStore.js';
import { preprocessShards } from '../../activities/features/preprocessShards.js';
import { SquaresAhead } from '../../activities/features/squaresAhead.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { PixelShard } from '../../contracts/spec/plan.js';
import { recipes, resolveSpec } from '../../contracts/spec/recipes.js';
import type { Progress } from '../../contracts/spec/stages/training.js';
import type { ImageEntry } from '../../contracts/data/dataset.js';
import { decodePixelShard } from '../../learning/images/pixelShard.js';
import { preprocessImage } from '../../learning/images/preprocessImage.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import type { TestDependencies } from '../fixtures/dependencies.js';
import { s3Unavailable, startS3Server } from '../s3/s3Server.js';
import type { S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

const input = {
  resize: 128,
  crop: 112,
  store: 128,
  interpolation: 'bicubic',
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
} as const;

describe('preprocessing', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let dependencies: TestDependencies;
  let plan: string;
  let shards: PixelShard[];
  let images: ImageEntry[];
  const progress: Progress[] = [];

  before(async () => {
    server = await startS3Server();
    const { store } = server;
    dependencies = dependenciesFor(store, join(server.folder, 'cache'));
    const root = sharedData('datasets/tiny');
    for (const name of await readdir(root, { recursive: true })) {
      if (name.endsWith('.jpg')) await store.put(`tiny/${name}`, await readFile(join(root, name)));
    }
    const spec = resolveSpec({ dataset: { uri: store.uri('tiny') } });
    const dataset = await ingestDataset(dependencies, { dataset: spec.dataset, seed: 0 }, callbacks());
    images = await new Datasets(store).images(dataset.version);
    shards = planPixelShards(images, input, 8);
    const { head, augmentation } = recipes.default;
    plan = await writePlan(dependencies.cache, {
      format: 1,
      spec,
      datasetVersion: dataset.version,
      classes: dataset.classes,
      backbone: { name: 'none', sha256: dataset.version, source: '', license: '', featureSize: 1 },
      input: { ...input, mean: [...input.mean], std: [...input.std] },
      augmentation,
      pixels: shards,
      features: [],
      cut: null,
      stages: [{ kind: 'head', name: 'head', training: head }],
    });
  });
  after(() => server.stop());

  function callbacks() {
    progress.length = 0;
    return { progress: (update: Progress) => progress.push(update), signal: new AbortController().signal };
  }

  function preprocess(from: number, to: number) {
    return preprocessShards(dependencies, { plan, from, to }, callbacks());
  }

  test('the plan covers every image of every split once', () => {
    for (const split of ['train', 'validation', 'test'] as const) {
      const own = shards.filter((shard) => shard.split === split);
      const count = images.filter((image) => image.split === split).length;
      assert.equal(
        own.reduce((sum, shard) => sum + shard.count, 0),
        count,
      );
    }
    assert.equal(new Set(shards.map(({ key }) => key)).size, shards.length);
  });

  test('shards hold the pictures in manifest order; what is there is not made again', async () => {
    const counted = (to: number) => shards.slice(0, to).reduce((sum, { count }) => sum + count, 0);
    const first = await preprocess(0, 2);
    assert.deepEqual([first.cache.hits, first.cache.misses], [0, 2]);
    assert.equal(progress.at(-1)?.done, counted(2));
    const all = await preprocess(0, shards.length);
    assert.deepEqual([all.cache.hits, all.cache.misses], [2, shards.length - 2]);
    assert.equal(progress[0]?.done, counted(2));
    assert.equal(progress.at(-1)?.done, 36);
    const again = await preprocess(0, shards.length);
    assert.deepEqual([again.cache.hits, again.cache.misses], [shards.length, 0]);

    const shard = shards[1];
    assert(shard !== undefined);
    const bytes = await server.store.get(objectKeys.pixels(shard.key));
    const { count, side, pixels } = decodePixelShard(bytes, 'shard');
    assert.deepEqual([count, side], [shard.count, 128]);
    const image = images.filter(({ split }) => split === shard.split)[shard.start + 3];
    assert(image !== undefined);
    const expected = await preprocessImage(await readFile(sharedData(`datasets/tiny/${image.path}`)), input);
    assert.deepEqual(Buffer.from(pixels.subarray(3 * side * side * 3, 4 * side * side * 3)), Buffer.from(expected));
  });

  test('a picture that changed after the ingest is refused and named', async () => {
    const shard = shards.at(-1);
    const image = images.filter(({ split }) => split === shard?.split).at(-1);
    assert(shard !== undefined && image !== undefined);
    await server.store.delete(objectKeys.pixels(shard.key));
    await server.store.put(image.key, await readFile(sharedData('bad-inputs/ok-plain.jpg')));
    await assert.rejects(preprocess(0, shards.length), (thrown: Error & { code?: string }) => {
      assert.equal(thrown.code, 'GW_CORRUPT');
      assert(thrown.message.includes(image.key));
      return true;
    });
  });

  test('squares that the ingest made in passing are taken once, and no picture is read again', async () => {
    const { store } = server;
    const own = dependenciesFor(store, join(server.folder, 'own-cache'));
    const key = (path: string) => `passing/${path}`;
    for (const { path } of images) await store.put(key(path), await readFile(sharedData(`datasets/tiny/${path}`)));
    const { dataset } = resolveSpec({ dataset: { uri: store.uri('passing') } });
    const squares = new SquaresAhead(own.cache, input);
    await ingestDataset(own, { dataset, seed: 0 }, callbacks(), { squares });
    // The last one is that of the picture that changed.
    const made = shards.slice(0, -1);
    const read: Record<string, Uint8Array> = {};
    for (const shard of made) {
      read[shard.key] = await store.get(objectKeys.pixels(shard.key));
      await store.delete(objectKeys.pixels(shard.key));
    }
    for (const { path } of images) await store.delete(`tiny/${path}`);
    for (const { path } of images) await store.delete(key(path));
    await preprocessShards(own, { plan, from: 0, to: made.length }, callbacks());
    for (const shard of made) {
      assert.deepEqual(await store.get(objectKeys.pixels(shard.key)), read[shard.key]);
    }
    assert.equal(squares.take(images[0]!.sha256, new Uint8Array(128 * 128 * 3)), false);
  });

  test('stopping it stops it', async () => {
    const stopped = { progress: () => undefined, signal: AbortSignal.abort(new Error('stop')) };
    await assert.rejects(preprocessShards(dependencies, { plan, from: 0, to: 1 }, stopped), /stop/);
  });
});
