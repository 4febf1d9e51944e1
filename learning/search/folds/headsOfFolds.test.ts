import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FeaturesInMemory } from '../../features/featureSource.js';
import { uniform } from '../../random.js';
import { tf } from '../../tensorflow.js';
import type { PlainHead } from '../../training/heads/plainHead.js';
import { trainHeadsOfFolds, type HeadsOfFolds } from './headsOfFolds.js';

const [count, width, classes, folds] = [20, 6, 2, 4];
const data = Float32Array.from({ length: count * width }, (_, at) => uniform(1, 'feature', at));
const labels = Array.from({ length: count }, (_, index) => (data[index * width]! > 0.5 ? 1 : 0));
const foldOf = labels.map((_, index) => index % folds);

function train(given: readonly number[], own: Partial<HeadsOfFolds> = {}): Promise<PlainHead[] | undefined> {
  return trainHeadsOfFolds({
    ...{ classes, folds, foldOf, seed: 1, signal: new AbortController().signal },
    train: { features: new FeaturesInMemory([width], 1, [{ start: 0, count, data }]), labels: given },
    head: {
      ...{ epochs: 30, batchSize: 9, learningRate: 0.05, warmupEpochs: 1, labelSmoothing: 0, patience: null },
      ...{ schedule: { kind: 'cosine', finalShare: 0 }, keepBest: false },
      optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
    },
    ...own,
  });
}

function farthest(a: PlainHead | undefined, b: PlainHead | undefined): number {
  const [left, right] = [a, b].map((head) => [...(head?.weight ?? []), ...(head?.bias ?? [])]);
  assert.ok(left?.length === classes * (width + 1) && left.length === right?.length);
  return Math.max(...left.map((value, at) => Math.abs(value - right[at]!)));
}

test('labels of held-out pictures reach every head but their own', async () => {
  const others = labels.map((label, index) => (foldOf[index] === 2 ? 1 - label : label));
  const [plain, changed] = [await train(labels), await train(others)];
  for (let fold = 0; fold < folds; fold += 1) {
    const distance = farthest(plain?.[fold], changed?.[fold]);
    assert.ok(fold === 2 ? distance < 1e-6 : distance > 0.1, `head ${fold}: ${distance}`);
  }
});

test('the same pictures give the same heads, and no tensor stays', async () => {
  const before = tf.memory().numTensors;
  const [first, second] = [await train(labels), await train(labels)];
  assert.deepEqual(first, second);
  assert.equal(tf.memory().numTensors, before);
});

test('of several labels each picture teaches all that it has', async () => {
  // A label for each of the first two features, and pictures with both and with none.
  const sets = [[], [0], [1], [0, 1]];
  const given = labels.map(
    (_, index) => 2 * Number(data[index * width + 1]! > 0.5) + Number(data[index * width]! > 0.5),
  );
  const features = new FeaturesInMemory([width], 1, [{ start: 0, count, data }]);
  const heads = await train(given, { train: { features, labels: given, sets } });
  for (const { weight } of heads ?? []) {
    for (const label of [0, 1]) {
      const own = weight.subarray(label * width, (label + 1) * width);
      assert.equal(own.indexOf(Math.max(...own)), label);
    }
  }
  assert.equal(heads?.length, folds);
});

test('a training that diverges gives no head, and one that is stopped says so', async () => {
  const broken = Float32Array.from(data, () => Infinity);
  const features = new FeaturesInMemory([width], 1, [{ start: 0, count, data: broken }]);
  assert.equal(await train(labels, { train: { features, labels } }), undefined);
  await assert.rejects(train(labels, { signal: AbortSignal.abort() }), { code: 'GW_PREEMPTED' });
});
