import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epochCount, totalEpochs, trialEpochs } from './epochCount.js';

test('auto takes as many epochs as 250 steps need, at least 8 and at most 32', () => {
  const auto = (images: number, batchSize = 16): number => epochCount({ epochs: 'auto', batchSize }, images);
  assert.deepEqual(
    [1, 10, 125, 200, 400, 500, 5000].map((images) => auto(images)),
    [32, 32, 32, 20, 10, 8, 8],
  );
  assert.equal(auto(500, 64), 32);
});

test('a step that is only tried takes a third of the epochs, at least 4', () => {
  const tried = (images: number): number => trialEpochs({ epochs: 'auto', batchSize: 16 }, images);
  assert.deepEqual([10, 200, 400, 500].map(tried), [11, 7, 4, 4]);
});

test('a number of epochs is what it is', () => {
  assert.equal(epochCount({ epochs: 3, batchSize: 16 }, 100), 3);
});

test('the epochs of all steps are added up', () => {
  const step = { batchSize: 16 } as Parameters<typeof totalEpochs>[0][number];
  assert.equal(
    totalEpochs(
      [
        { ...step, epochs: 'auto' },
        { ...step, epochs: 3 },
      ],
      400,
    ),
    13,
  );
});
