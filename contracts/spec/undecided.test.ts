import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBudget } from './budget.js';
import { resolveSpec } from './recipes.js';
import type { UserSpec } from './runSpec.js';

const open = (user: UserSpec) => resolveSpec({ dataset: { uri: 's3://bucket/images' }, ...user }).undecided;

test('nothing is open unless a choice or a budget is asked for', () => {
  assert.equal(open({}), undefined);
  assert.equal(open({ backbone: 'resnet50' }), undefined);
  assert.deepEqual(open({ backbone: 'auto' }), ['unfreeze', 'steps', 'views', 'augmentation', 'head']);
  assert.deepEqual(open({ budget: '5m' }), ['unfreeze', 'steps', 'views']);
});

test('what a person says is decided', () => {
  assert.deepEqual(open({ backbone: 'auto', fineTune: [{ epochs: 3 }], head: { epochs: 5 } }), [
    'unfreeze',
    'views',
    'augmentation',
    'head',
  ]);
  assert.deepEqual(
    open({ backbone: 'auto', plan: 'gradual', head: { learningRate: 0.01 }, augmentation: { views: 2, rotation: 5 } }),
    undefined,
  );
});

test('pooling is left open for a backbone with a name as well', () => {
  const backbone = { name: 'vit_small_patch14_dinov2', pooling: 'auto' } as const;
  assert.deepEqual(open({ backbone }), ['pooling']);
  assert.deepEqual(open({ backbone, budget: '5m' }), ['unfreeze', 'steps', 'views', 'pooling']);
  const spec = resolveSpec({ dataset: { uri: 's3://bucket/images' }, backbone });
  assert.equal(spec.backbone.pooling, undefined);
  assert.throws(() => resolveSpec({ backbone: { pooling: 'maximum' as 'auto' } }), /backbone/);
});

test('times are written as people write them', () => {
  const times = ['30s', '10m', '2h', '1h30m', '90', '10 min', '1.5m'].map(parseBudget);
  assert.deepEqual(times, [30, 600, 7200, 5400, 90, 600, 90]);
  for (const text of ['', 'soon', '0', '-5', '10x', '9999h']) assert.equal(parseBudget(text), undefined, text);
  assert.throws(() => open({ budget: 'soon' }), /“soon” is no time/);
  assert.throws(() => open({ backbone: { name: 'auto', weights: 'hf:x/y' } }), /backbone\.weights/);
});
