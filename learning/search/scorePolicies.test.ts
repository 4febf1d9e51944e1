import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import { FoldedNetwork, getBackbone } from '../backbones/index.js';
import { randomBits } from '../random.js';
import { tf } from '../tensorflow.js';
import { formulaParameters } from '../weights/index.js';
import { candidatePolicies, choosePolicy } from './policies.js';
import { scorePolicies, type Pictures } from './scorePolicies.js';

const [store, crop] = [36, 32];
const backbone = getBackbone('efficientnet_lite0');

/** Class 0: the left half is bright; class 1: the right half. A mirror image is the other class. */
function sided(count: number, key: string): Pictures {
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const pixels = new Uint8Array(count * store * store * 3);
  for (let i = 0; i < pixels.length; i++) {
    const picture = Math.floor(i / (store * store * 3));
    const left = Math.floor(i / 3) % store < store / 2;
    const bright = left === (labels[picture] === 0);
    pixels[i] = (bright ? 150 : 40) + (randomBits(key, i) % 60);
  }
  return { pixels, labels, names: labels.map((_, i) => `${key}${i}`) };
}

test('policies are scored on the same pictures, alike each time, and no tensor is left behind', async () => {
  using network = new FoldedNetwork(backbone, formulaParameters(backbone));
  const policies = candidatePolicies({ ...recipes.default.augmentation, cropScale: [0.9, 1] }).slice(0, 3);
  const options = {
    network,
    input: {
      store,
      crop,
      mean: [0.5, 0.5, 0.5] as [number, number, number],
      std: [0.5, 0.5, 0.5] as [number, number, number],
    },
    classes: 2,
    head: { ...recipes.default.head, learningRate: 0.01 },
    seed: 1,
    batchSize: 8,
    onProgress: (done: number, total: number) => void progress.push(done / total),
    signal: new AbortController().signal,
  };
  const progress: number[] = [];
  const before = tf.memory().numTensors;
  const score = () => scorePolicies(policies, sided(16, 'train'), sided(12, 'validation'), options);
  const outcomes = await score();
  assert.equal(tf.memory().numTensors, before);
  assert.equal(progress.at(-1), 1);
  assert.deepEqual(
    outcomes.map(({ name, losses }) => [name, losses.length]),
    policies.map(({ name }) => [name, 12]),
  );
  assert.deepEqual(await score(), outcomes);
  const mean = (index: number) => (outcomes[index]?.losses ?? []).reduce((sum, loss) => sum + loss, 0) / 12;
  assert.ok(mean(2) > mean(0), 'mirror images of pictures that have a side make the head worse');
  assert.ok(!choosePolicy(outcomes).chosen.includes('mirror'));

  // The same question as two of several labels: with the second side a picture has both labels.
  const several = { ...options, sets: [[0], [0, 1]] };
  const labelled = await scorePolicies(policies.slice(0, 1), sided(16, 'train'), sided(12, 'validation'), several);
  assert.equal(tf.memory().numTensors, before);
  assert.ok(labelled[0]?.losses.every(Number.isFinite) && labelled[0].correct.every(Boolean));
});
