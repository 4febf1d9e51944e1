import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import { FoldedNetwork, getBackbone } from '../backbones/index.js';
import { randomBits } from '../random.js';
import { tf } from '../tensorflow.js';
import { formulaParameters } from '../weights/index.js';
import { applyViews, centreView } from '../augmentation/index.js';
import { computeFeatures, FeaturesInMemory, type FeatureOptions } from './index.js';

const backbone = getBackbone('efficientnet_lite0');
const parameters = formulaParameters(backbone);
const input = {
  store: 40,
  crop: 32,
  mean: [0.5, 0.5, 0.5] as [number, number, number],
  std: [0.5, 0.5, 0.5] as [number, number, number],
};
const images = ['a', 'b', 'c', 'd', 'e'];
const pixels = Uint8Array.from({ length: images.length * 40 * 40 * 3 }, (_, i) => randomBits(i) & 255);
const options: FeatureOptions = {
  input,
  views: 3,
  augmentation: recipes.default.augmentation,
  seed: 1,
  images,
  cut: 'blocks.2',
  batchSize: 2,
};

test('features are those of one forward pass, per image and view', async () => {
  using network = new FoldedNetwork(backbone, parameters);
  const { pooled, cut, count, views } = await computeFeatures(network, pixels, options);
  assert.deepEqual([count, views, pooled.shape, cut?.shape], [5, 3, [1280], [4, 4, 40]]);
  assert.equal(pooled.data.length, 5 * 3 * 1280);
  assert.equal(cut?.data.length, 5 * 3 * 4 * 4 * 40);
  const whole = tf.tidy(() => {
    const x = applyViews(
      pixels,
      images.map(() => centreView),
      input,
    );
    return network.pooled(network.run(x)).dataSync<'float32'>();
  });
  for (const index of images.keys()) {
    const stored = pooled.data.subarray(index * 3 * 1280, (index * 3 + 1) * 1280);
    const expected = whole.subarray(index * 1280, (index + 1) * 1280);
    stored.forEach((value, i) => assert.ok(Math.abs(value - (expected[i] as number)) < 1e-4));
  }
});

test('the rest of the network, run from the cached cut, gives the pooled features', async () => {
  using network = new FoldedNetwork(backbone, parameters);
  const { pooled, cut } = await computeFeatures(network, pixels, options);
  assert.ok(cut);
  const again = tf.tidy(() => {
    const x = tf.tensor4d(cut.data, [15, 4, 4, 40]);
    return network.pooled(network.run(x, { from: 4 })).dataSync<'float32'>();
  });
  again.forEach((value, i) => assert.ok(Math.abs(value - (pooled.data[i] as number)) < 1e-4));
});

test('a shard leaves no tensor behind, reports how far it is, and can be stopped', async () => {
  using network = new FoldedNetwork(backbone, parameters);
  const before = tf.memory().numTensors;
  const done: number[] = [];
  await computeFeatures(network, pixels, { ...options, onProgress: (n) => done.push(n) });
  assert.deepEqual(done, [2, 4, 5, 7, 9, 10, 12, 14, 15]);
  await assert.rejects(
    computeFeatures(network, pixels, { ...options, signal: AbortSignal.abort(new Error('stop')) }),
    /stop/,
  );
  assert.equal(tf.memory().numTensors, before);
});

test('batches are gathered across blocks, whatever their order', async () => {
  const rows = (from: number, to: number) => Float32Array.from({ length: (to - from) * 2 * 2 }, (_, i) => from * 4 + i);
  const source = new FeaturesInMemory([2], 2, [
    { start: 3, count: 2, data: rows(3, 5) },
    { start: 0, count: 3, data: rows(0, 3) },
  ]);
  assert.equal(source.count, 5);
  const batch = await source.batch([4, 0, 2], [1, 0, 1]);
  assert.deepEqual(batch.arraySync(), [
    [18, 19],
    [0, 1],
    [10, 11],
  ]);
  batch.dispose();
  await assert.rejects(source.batch([5], [0]), /no view 0 of image 5/);
  await assert.rejects(source.batch([0], [2]), /no view 2 of image 0/);
  assert.throws(() => new FeaturesInMemory([2], 2, [{ start: 1, count: 3, data: rows(0, 3) }]), /image 0 are missing/);
});
