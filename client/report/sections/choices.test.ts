import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AugmentationChoice } from '../../../contracts/spec/stages/augmentationChoice.js';
import type { RunChoices } from '../../../contracts/run/choices.js';
import { resolveSpec } from '../../../contracts/spec/recipes.js';
import { choicesSection } from './choices.js';

test('an augmentation that nothing could be measured for is shown with the reason', () => {
  const augmentation: AugmentationChoice = {
    ...{ format: 1, chosen: 'given', reason: 'as given: no validation split to measure on' },
    augmentation: resolveSpec({ dataset: { uri: 's3://b/p' } }).augmentation,
    ...{ policies: [], images: { train: 4, validation: 0 } },
  };
  const { markup } = choicesSection({ augmentation });
  assert.match(markup, /<strong>given<\/strong>, as given: no validation split/);
  assert.doesNotMatch(markup, /<table/);
});

test('the interval of a prediction is named; where older results name no head, it was at the last stage', () => {
  const row: RunChoices['sources'][number] = {
    ...{ source: 'resnet18', best: 'layer3', knn: 0.5, logme: 1, gain: 1 },
    predicted: { top1: 0.9, low: 0.8, high: 0.95 },
    cost: { head: 1, fineTune: 2 },
  };
  const { markup } = choicesSection({
    choices: { budget: null, made: [], sources: [row, { ...row, head: 'layer2' }], sample: 10, cut: [], next: [] },
  });
  assert.match(markup, /predicted test top-1 \(80 % interval\)/);
  assert.match(markup, />the last stage</);
  assert.match(markup, />layer2</);
  assert.doesNotMatch(markup, />layer3</);
});
