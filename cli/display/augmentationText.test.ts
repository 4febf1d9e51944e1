import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import { augmentationTable } from './augmentationText.js';

test('every policy that was tried has a row, and the one that was chosen its reason', () => {
  const row = { top1: 0.9, interval: [0.8, 0.95] as [number, number] };
  const [text = ''] = augmentationTable({
    format: 1,
    chosen: 'flip',
    reason: 'the lowest loss',
    augmentation: recipes.default.augmentation,
    policies: [
      { name: 'none', ...row, loss: 0.5, difference: { mean: 0, interval: [0, 0] } },
      { name: 'flip', ...row, loss: 0.4, difference: { mean: -0.1, interval: [-0.15, -0.05] } },
    ],
    images: { train: 100, validation: 50 },
  });
  const [head = '', none = '', flip = ''] = text.split('\n');
  assert.match(head, /^augmentation +validation +loss/);
  assert.match(none, /^none +90\.0 % \(80\.0 % to 95\.0 %\) +0\.500 +0\.000 +0\.000 to 0\.000$/);
  assert.match(flip, /^flip .* -0\.100 +-0\.150 to -0\.050 +the lowest loss$/);
});

test('where nothing was tried there is no table', () => {
  assert.deepEqual(augmentationTable(undefined), []);
});
