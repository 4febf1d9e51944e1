/** Sources are scored on pictures with several labels each as on others: a label is a class, and mAP takes the place of accuracy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal } from '../random.js';
import { scoreFeatures } from './scoreFeatures.js';
import { stratifiedSample } from './stratifiedSample.js';
import { taskEmbedding } from './taskEmbedding.js';

const pause = (): Promise<void> => Promise.resolve();
/** No label, each of three by itself, and two of them together. */
const sets = [[], [0], [1], [2], [0, 2], [0, 1]];

/** A label shows in a dimension of its own. */
function example(count: number, dimensions: number, separation: number) {
  const labels = Array.from({ length: count }, (_, index) => index % sets.length);
  const features = Float32Array.from({ length: count * dimensions }, (_, at) => {
    const [image, k] = [Math.floor(at / dimensions), at % dimensions];
    const has = sets[labels[image] as number]?.includes(k % 3) === true;
    return normal(separation, at) + (has ? separation : 0);
  });
  return { features, dimensions, labels };
}

test('pictures of one label each are scored as without sets, but for the figure', async () => {
  const { labels: numbers, ...features } = example(60, 8, 1);
  const labels = numbers.map((label) => label % 3);
  const single = await scoreFeatures({ ...features, labels }, pause);
  const several = await scoreFeatures({ ...features, labels, sets: [[0], [1], [2]] }, pause);
  assert.deepEqual([several.logme, several.gain], [single.logme, single.gain]);
  assert.deepEqual([single.measure, several.measure], [undefined, 'mAP']);
  assert.deepEqual(
    taskEmbedding({ ...features, labels, sets: [[0], [1], [2]] }),
    taskEmbedding({ ...features, labels }),
  );
});

test('the clearer the labels show, the higher all scores are, with more pictures than features and with fewer', async () => {
  for (const [count, dimensions] of [
    [120, 9],
    [60, 90],
  ] as const) {
    const [none, some, clear] = await Promise.all(
      [0, 0.5, 5].map((separation) => scoreFeatures({ ...example(count, dimensions, separation), sets }, pause)),
    );
    for (const figure of ['linear', 'knn', 'gain'] as const) {
      const values = [none, some, clear].map((scores) => scores?.[figure] ?? 0);
      assert.ok(values[0]! < values[1]! && values[1]! < values[2]!, `${figure} ${values.join(' ')}`);
    }
    assert.ok((clear?.linear ?? 0) > 0.99 && (clear?.knn ?? 0) > 0.99, JSON.stringify(clear));
  }
});

test('a sample has two pictures of each label, then the others as they come, and never more than it may', () => {
  const common = Array.from({ length: 500 }, (_, index) => ({ sha256: `common-${index}`, label: 4 }));
  const rare = Array.from({ length: 3 }, (_, index) => ({ sha256: `rare-${index}`, label: 2 }));
  const images = [...common, ...rare];
  const chosen = stratifiedSample(images, 40, 1, sets);
  assert.equal(chosen.length, 40);
  assert.ok(chosen.filter((index) => images[index]?.label === 2).length >= 2);
  assert.deepEqual(
    chosen,
    chosen.toSorted((a, b) => a - b),
  );
  assert.notDeepEqual(stratifiedSample(images, 40, 2, sets), chosen);
  assert.equal(stratifiedSample(images, 1_000, 1, sets).length, 503);
});
