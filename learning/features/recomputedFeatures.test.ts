import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import { FoldedNetwork, getBackbone } from '../backbones/index.js';
import { randomBits } from '../random.js';
import { tf } from '../tensorflow.js';
import { formulaParameters } from '../weights/index.js';
import { computeFeatures, FeaturesInMemory, RecomputedFeatures, RowReader } from './index.js';

test('activations that are computed anew are those that would have been stored, view for view', async () => {
  const backbone = getBackbone('efficientnet_lite0');
  using network = new FoldedNetwork(backbone, formulaParameters(backbone));
  const side = 40;
  const images = ['a', 'b', 'c', 'd', 'e'];
  const pixels = Uint8Array.from({ length: images.length * side * side * 3 }, (_, i) => randomBits(i) & 255);
  const common = {
    network,
    input: { store: side, crop: 32, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const,
    views: 3,
    augmentation: recipes.default.augmentation,
    seed: 1,
    images,
    cut: 'blocks.2',
  };
  const input = { ...common.input, mean: [...common.input.mean], std: [...common.input.std] } as {
    store: number;
    crop: number;
    mean: [number, number, number];
    std: [number, number, number];
  };
  const { cut } = await computeFeatures(network, pixels, { ...common, input, batchSize: 2 });
  assert.ok(cut);
  const stored = new FeaturesInMemory(cut.shape, 3, [{ start: 0, count: 5, data: cut.data }]);
  const file = {
    size: pixels.byteLength,
    read: (into: Uint8Array, position: number) =>
      Promise.resolve(into.set(pixels.subarray(position, position + into.byteLength))),
  };
  const source = new RecomputedFeatures(new RowReader(side * side * 3, [{ first: 0, count: 5, file, offset: 0 }]), {
    ...common,
    input,
  });
  assert.deepEqual([source.count, source.views, source.shape], [stored.count, stored.views, stored.shape]);
  const before = tf.memory().numTensors;
  source.prefetch([4, 0, 2, 1]);
  for (const [indices, views] of [
    [
      [4, 0, 2, 1],
      [1, 0, 2, 0],
    ],
    [
      [3, 4],
      [0, 0],
    ],
  ] as const) {
    const [ours, theirs] = [await source.batch(indices, views), await stored.batch(indices, views)];
    assert.deepEqual(ours.shape, theirs.shape);
    const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(ours, theirs))).dataSync<'float32'>());
    assert.ok((difference[0] as number) < 1e-4, `${difference[0]}`);
    tf.dispose([ours, theirs]);
  }
  assert.equal(tf.memory().numTensors, before);
});
