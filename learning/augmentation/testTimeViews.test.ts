import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import { testTimeView } from './testTimeViews.js';
import { centreView } from './viewParameters.js';

const { augmentation } = recipes.default;
const harsh = { ...augmentation, randAugment: { operations: 2, magnitude: 20 }, erasing: 1, rotation: 90 };

test('the centre crop comes first, then its mirror image, then crops with most of the picture in their own colours', () => {
  assert.deepEqual(testTimeView(harsh, 1, 'a', 0), centreView);
  assert.deepEqual(testTimeView(harsh, 1, 'a', 1), { ...centreView, flip: true });
  for (let view = 2; view < 30; view++) {
    const { box, flip, ...rest } = testTimeView(harsh, 1, 'a', view);
    const { box: _box, flip: _flip, ...plain } = centreView;
    assert.ok(typeof flip === 'boolean' && box !== null);
    assert.ok((box.bottom - box.top) * (box.right - box.left) > 0.69);
    assert.deepEqual(rest, plain);
  }
});

test('a model that has seen no mirror images is shown none', () => {
  for (let view = 1; view < 30; view++) {
    const { flip, flipVertically } = testTimeView({ ...augmentation, horizontalFlip: false }, 1, 'a', view);
    assert.deepEqual([flip, flipVertically], [false, false]);
  }
});
