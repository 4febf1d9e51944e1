import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  augmentationSchema,
  drawnAugmentation,
  laterAugmentation,
  mixingOf,
  userAugmentationSchema,
} from './augmentationSpec.js';
import { recipes, resolveSpec } from '../recipes.js';

/** Of the first release. */
const earlier = {
  views: 4,
  horizontalFlip: true,
  cropScale: [0.4, 1] as [number, number],
  cropRatio: [3 / 4, 4 / 3] as [number, number],
  colorJitter: 0.2,
};
const dataset = { uri: 's3://bucket/photos' };

test('settings stored by an earlier version parse, mean the same, and have the same keys', () => {
  const parsed = augmentationSchema.parse(earlier);
  assert.deepEqual(parsed, { ...earlier, ...laterAugmentation });
  assert.deepEqual(drawnAugmentation(parsed), earlier);
  assert.deepEqual(drawnAugmentation(recipes.default.augmentation), earlier);
  assert.equal(mixingOf(parsed), undefined);
});

test('what changes the views is part of their key; what changes only the training is not', () => {
  const parsed = augmentationSchema.parse({ ...earlier, rotation: 10, scale: [0.9, 1], mixup: 0.2, policy: 'auto' });
  assert.deepEqual(drawnAugmentation(parsed), { ...earlier, rotation: 10, scale: [0.9, 1] });
  assert.deepEqual(mixingOf(parsed), { mixup: 0.2, cutmix: 0 });
});

test('a person may say any part; out of range is refused by its path', () => {
  assert.deepEqual(userAugmentationSchema.parse({ rotation: 5 }), { rotation: 5 });
  const { augmentation } = resolveSpec({ dataset, augmentation: { randAugment: {}, verticalFlip: true } });
  assert.deepEqual(augmentation, {
    ...recipes.default.augmentation,
    randAugment: { operations: 2, magnitude: 9 },
    verticalFlip: true,
  });
  const wrong: [object, RegExp][] = [
    [{ rotation: 181 }, /augmentation\.rotation: /],
    [{ scale: [1.2, 0.8] }, /augmentation\.scale: the least comes first/],
    [{ randAugment: { magnitude: 31 } }, /augmentation\.randAugment\.magnitude: /],
    [{ erasing: 2 }, /augmentation\.erasing: /],
    [{ mixup: -1 }, /augmentation\.mixup: /],
    [{ policy: 'best' }, /augmentation\.policy: /],
  ];
  for (const [change, message] of wrong) {
    assert.throws(() => resolveSpec({ dataset, augmentation: change }), { code: 'GW_SPEC_INVALID', message });
  }
});
