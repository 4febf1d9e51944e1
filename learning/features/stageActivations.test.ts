import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import { FoldedNetwork, getBackbone } from '../backbones/index.js';
import { randomBits } from '../random.js';
import { tf } from '../tensorflow.js';
import { formulaParameters } from '../weights/index.js';
import { computeFeatures, secondsPerImage, stageActivations } from './index.js';

const backbone = getBackbone('efficientnet_lite0');
const half: [number, number, number] = [0.5, 0.5, 0.5];
const input = { store: 40, crop: 32, mean: half, std: half };

test('every stage is pooled from one pass; the last one is what a head is trained on', async () => {
  using network = new FoldedNetwork(backbone, formulaParameters(backbone));
  const pixels = Uint8Array.from({ length: 5 * 40 * 40 * 3 }, (_, i) => randomBits(i) & 255);
  const before = tf.memory().numTensors;
  const stages = await stageActivations(network, pixels, { input, batchSize: 2 });
  assert.equal(tf.memory().numTensors, before);
  assert.deepEqual(
    stages.map(({ stage }) => stage),
    backbone.stages.map(({ name }) => name),
  );
  assert.deepEqual(
    stages.map(({ dimensions, pooled }) => pooled.length / dimensions),
    stages.map(() => 5),
  );
  const features = await computeFeatures(network, pixels, {
    ...{ input, views: 1, seed: 0, cut: null, batchSize: 2, images: ['a', 'b', 'c', 'd', 'e'] },
    augmentation: { ...recipes.default.augmentation, views: 1 },
  });
  const last = stages.at(-1)!;
  features.pooled.data.forEach((value, i) => assert.ok(Math.abs(value - last.pooled[i]!) < 1e-5));
});

test('the first pass, which also sets things up, counts only when there is no other', () => {
  const pass = (milliseconds: number, images: number) => ({ milliseconds, images });
  assert.equal(secondsPerImage({ passes: [pass(9_000, 2), pass(500, 2), pass(250, 2)] }), 0.1875);
  assert.equal(secondsPerImage({ passes: [pass(500, 2)] }), 0.25);
});
