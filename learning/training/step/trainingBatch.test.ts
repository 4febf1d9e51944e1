import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FeaturesInMemory } from '../../features/index.js';
import { tf, type Tensor, type Tensor2D } from '../../tensorflow.js';
import { crossEntropy, targetsOf, type Partners } from './loss.js';
import { trainingBatch } from './trainingBatch.js';

const data = Float32Array.from({ length: 5 * 2 * 4 }, (_, i) => i);
const train = {
  features: new FeaturesInMemory([2, 2, 1], 2, [{ start: 0, count: 5, data }]),
  labels: [0, 1, 2, 0, 1],
};
const indices = Int32Array.of(4, 1, 2);
const views = Int32Array.of(1, 0, 1);
const mixing = { share: 0.25, cells: null };

const valuesOf = async (tensor: Promise<Tensor>): Promise<number[]> => {
  const values = [...(await tensor).dataSync()];
  (await tensor).dispose();
  return values;
};

test('a batch that is not mixed is its features and labels', async () => {
  const batch = trainingBatch(train, indices, views, null);
  assert.deepEqual([batch.labels, batch.partners], [[1, 1, 2], undefined]);
  assert.deepEqual(await valuesOf(batch.features(0, 1)), [36, 37, 38, 39]);
});

test('each picture is mixed with the next, in labels as in features', async () => {
  const batch = trainingBatch(train, indices, views, mixing);
  assert.deepEqual(batch.partners, { labels: [1, 2, 1], share: 0.75 });
  const [first] = await valuesOf(batch.features(0, 3));
  assert.equal(first, 0.25 * 36 + 0.75 * 8);
});

test('a batch in parts is mixed as the whole batch is, and leaves no tensor behind', async () => {
  const before = tf.memory().numTensors;
  for (const one of [mixing, { share: 0.5, cells: { top: 0, left: 0, bottom: 1, right: 2 } }]) {
    const batch = trainingBatch(train, indices, views, one);
    const parts = [...(await valuesOf(batch.features(0, 2))), ...(await valuesOf(batch.features(2, 3)))];
    assert.deepEqual(parts, await valuesOf(batch.features(0, 3)));
  }
  assert.equal(tf.memory().numTensors, before);
});

test('the loss of a mixed label is the mix of the losses', () => {
  const logits: Tensor2D = tf.tensor2d([
    [1, 2, 0],
    [0, 1, 3],
  ]);
  const loss = (...target: [number[], number, number, Partners?]): number =>
    crossEntropy(logits, targetsOf(...target)).dataSync()[0] as number;
  const [own, partners] = [
    [1, 0],
    [2, 2],
  ] as const;
  const mixed = loss([...own], 3, 0.1, { labels: partners, share: 0.3 });
  const parts = [own, partners].map((labels) => loss([...labels], 3, 0.1));
  assert.ok(Math.abs(mixed - (0.7 * (parts[0] as number) + 0.3 * (parts[1] as number))) < 1e-6);
});
