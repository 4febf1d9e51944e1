/** Features that are read from disk while a stage trains. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { recipes } from '../../contracts/spec/recipes.js';
import { getBackbone } from '../backbones/index.js';
import { FeaturesInMemory, StoredFeatures, type FeatureSource } from '../features/index.js';
import { normal } from '../random.js';
import { tf } from '../tensorflow.js';
import { initialHead, trainStage, type LabelledFeatures, type StageInput } from './index.js';

const [classes, count, views] = [3, 22, 3];
const backbone = getBackbone('efficientnet_lite0');
const channels = backbone.featureSize;
const labels = (of: number) => Int32Array.from({ length: of }, (_, i) => i % classes);
const pooled = (of: number, viewCount: number, key: string) =>
  Float32Array.from({ length: of * viewCount * channels }, (_, i) => normal(key, i));

function input(train: FeatureSource, validation: LabelledFeatures | null, atOnce: number): StageInput {
  return {
    stage: { kind: 'head', name: 'head', training: { ...recipes.default.head, epochs: 3, batchSize: 8 } },
    ...{ backbone, classes, atOnce, validation, seed: 3, everySeconds: 3600, checkpoints: null, featuresAfter: null },
    parameters: initialHead(backbone, classes),
    train: { features: train, labels: labels(count) },
    onProgress: () => undefined,
    onEpoch: () => undefined,
    signal: new AbortController().signal,
    finish: () => false,
  };
}

/** Features in a file that answers late. */
function fromFile(of: number, viewCount: number, data: Float32Array): FeatureSource {
  const bytes = new Uint8Array(data.buffer);
  const file = {
    size: bytes.byteLength,
    read: async (into: Uint8Array, position: number) => {
      await setImmediate();
      into.set(bytes.subarray(position, position + into.byteLength));
    },
  };
  return new StoredFeatures([channels], viewCount, 'F32', [{ start: 0, count: of, file, offset: 0 }]);
}

test('a stage computes the very same bytes as from memory, in whole batches and in parts', async () => {
  const [train, validation] = [pooled(count, views, 'train'), pooled(12, 1, 'validation')];
  const before = tf.memory().numTensors;
  for (const atOnce of [8, 3]) {
    const held = (of: number, viewCount: number, data: Float32Array) =>
      new FeaturesInMemory([channels], viewCount, [{ start: 0, count: of, data }]);
    const [fromDisk, fromMemory] = [
      await trainStage(
        input(fromFile(count, views, train), { features: fromFile(12, 1, validation), labels: labels(12) }, atOnce),
      ),
      await trainStage(
        input(held(count, views, train), { features: held(12, 1, validation), labels: labels(12) }, atOnce),
      ),
    ];
    assert.deepEqual(fromDisk.parameters, fromMemory.parameters);
    const told = ({ result }: typeof fromDisk) => result.epochs.map((epoch) => ({ ...epoch, seconds: 0 }));
    assert.deepEqual(told(fromDisk), told(fromMemory));
  }
  assert.equal(tf.memory().numTensors, before);
});

test('the next batch is being read while one is computed', async () => {
  const hinted: number[][] = [];
  const features = new FeaturesInMemory([channels], views, [{ start: 0, count, data: pooled(count, views, 'train') }]);
  const watched: FeatureSource = {
    ...{ count, views, shape: [channels] },
    prefetch: (indices) => void hinted.push(Array.from(indices)),
    batch: (indices, chosen) => {
      assert.deepEqual(hinted.shift(), Array.from(indices));
      // The last batch of an epoch has none behind it.
      assert.ok(hinted.length === 1 || indices.length < 8);
      if (hinted[0]?.length === 0) hinted.shift();
      return features.batch(indices, chosen);
    },
  };
  await trainStage(input(watched, null, 8));
});

test('a file that cannot be read ends the training with its reason', async () => {
  const lost = new Error('EIO');
  let reads = 0;
  const file = {
    size: 1e6,
    read: (into: Uint8Array) => (++reads > 20 ? Promise.reject(lost) : Promise.resolve(void into.fill(0))),
  };
  const features = new StoredFeatures([channels], views, 'F32', [{ start: 0, count, file, offset: 0 }]);
  const before = tf.memory().numTensors;
  await assert.rejects(trainStage(input(features, null, 8)), lost);
  assert.equal(tf.memory().numTensors, before);
});
