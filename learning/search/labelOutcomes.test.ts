import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import { FeaturesInMemory } from '../features/featureSource.js';
import { normal } from '../random.js';
import { backbone } from '../../test/fixtures/smallStage.js';
import { headOutcome } from './headOutcome.js';
import { labelOutcomes, scoredPictures } from './labelOutcomes.js';

const sets = [[], [0], [1], [0, 1]];

test('the loss is the binary cross-entropy of all labels, and the likeliest one decides whether a picture is right', () => {
  const logits = Float32Array.from([2, -1, -3, -4, 1, 2]);
  const { correct, losses } = labelOutcomes(scoredPictures(logits, [1, 0, 1], sets));
  assert.deepEqual(correct, [true, true, false]);
  const nats = (logit: number): number => Math.log1p(Math.exp(-logit));
  const wanted = [nats(2) + nats(1), nats(3) + nats(4), nats(1) + nats(-2)];
  for (const [index, loss] of losses.entries()) assert.ok(Math.abs(loss - wanted[index]!) < 1e-5, `${loss}`);
  const milder = labelOutcomes(scoredPictures(logits, [1, 0, 1], sets), 2).losses;
  assert.ok(Math.abs(milder[0]! - nats(1) - nats(0.5)) < 1e-5);
});

test('a head is judged by the labels of validation pictures, at its best temperature', async () => {
  const pictures = (count: number, from: number) => {
    const labels = Array.from({ length: count }, (_, index) => index % sets.length);
    const data = Float32Array.from({ length: count * 8 }, (_, at) => {
      const has = sets[labels[Math.floor(at / 8)] as number]?.includes(at % 8) === true;
      return 0.2 * normal(from, at) + (has ? 1 : 0);
    });
    return { labels, sets, features: new FeaturesInMemory([8], 1, [{ start: 0, count, data }]) };
  };
  const found = await headOutcome({
    ...{ backbone, classes: 2, seed: 1, signal: new AbortController().signal },
    head: { ...recipes.default.head, epochs: 40, batchSize: 8, learningRate: 0.05, labelSmoothing: 0 },
    train: pictures(40, 1),
    validation: pictures(24, 2),
  });
  assert.ok(found !== undefined && found.correct.filter(Boolean).length >= 20, JSON.stringify(found?.correct));
  const mean = found.losses.reduce((sum, loss) => sum + loss, 0) / 24;
  // Guessing costs 2 · ln 2.
  assert.ok(mean < 0.5, `${mean}`);
});
