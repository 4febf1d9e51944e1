import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../../contracts/spec/recipes.js';
import { getBackbone } from '../../backbones/index.js';
import { FeaturesInMemory } from '../../features/featureSource.js';
import { joinedFeatures } from '../../features/joinedFeatures.js';
import { uniform } from '../../random.js';
import { mislabelled } from '../../metrics/trust/mislabelled.js';
import { foldProbabilities } from './foldProbabilities.js';
import { headInFolds } from './headInFolds.js';

const backbone = getBackbone('resnet18');
const width = 512;

/** Pictures whose first channels tell their class, with noise. */
function features(labels: readonly number[], start: number): FeaturesInMemory {
  const data = Float32Array.from({ length: labels.length * width }, (_, at) => {
    const [row, channel] = [Math.floor(at / width), at % width];
    return uniform(1, 'noise', start + row, channel) + (channel % 3 === labels[row] ? 1 : 0);
  });
  return new FeaturesInMemory([width], 1, [{ start: 0, count: labels.length, data }]);
}

test('each picture is judged by a head that has not seen it, in the order of the pictures, of two splits as of one', async () => {
  const labels = Array.from({ length: 24 }, (_, index) => index % 3);
  const wrong = labels.map((label, index) => (index === 5 ? (label + 1) % 3 : label));
  const joined = joinedFeatures(features(labels.slice(0, 16), 0), features(labels.slice(16), 16));
  const found = await headInFolds({
    ...{ backbone, classes: 3, folds: 4, seed: 1, signal: new AbortController().signal },
    head: { ...recipes.default.head, epochs: 4, batchSize: 8 },
    train: { features: joined, labels: wrong },
  });
  assert.deepEqual(
    found?.correct.map((hit, index) => (hit ? -1 : index)).filter((index) => index >= 0),
    [5],
  );
  assert.ok((found?.losses[5] ?? 0) > 1);

  const batch = await joined.batch([20, 3, 16, 0], [0, 0, 0, 0]);
  const whole = await features(labels, 0).batch([20, 3, 16, 0], [0, 0, 0, 0]);
  assert.deepEqual(batch.dataSync(), whole.dataSync());
  batch.dispose();
  whole.dispose();
});

test('out-of-fold probabilities show a wrong label, and the label that fits', async () => {
  const labels = Array.from({ length: 36 }, (_, index) => index % 3);
  const wrong = labels.map((label, index) => (index === 7 ? (label + 1) % 3 : label));
  const steps: number[][] = [];
  const probabilities = await foldProbabilities({
    ...{ classes: 3, folds: 3, seed: 1, signal: new AbortController().signal },
    train: { features: features(labels, 0), labels: wrong },
    onStep: (...step) => steps.push(step),
  });
  assert.deepEqual(steps.at(-1), [36, steps.length, steps.length]);
  const found = mislabelled({ probabilities: probabilities ?? [], labels: wrong, classes: 3 });
  assert.deepEqual(
    found.map(({ index, suggested }) => [index, suggested]),
    [[7, labels[7]]],
  );
  assert.ok((found[0]?.other ?? 0) > 0.8 && (found[0]?.own ?? 1) < 0.2);
});
