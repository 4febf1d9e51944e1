import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planStages } from '../../../activities/plan/stagePlans.js';
import { resolveSpec } from '../../../contracts/spec/recipes.js';
import type { UserSpec } from '../../../contracts/spec/runSpec.js';
import { getBackbone } from '../../backbones/index.js';
import { activationShape } from '../../backbones/architecture.js';
import { examplesInPass } from './examplesInPass.js';

function inPass(name: string, step: NonNullable<UserSpec['fineTune']>[number], cut: string, batch = 32): number {
  const backbone = getBackbone(name);
  const { head, fineTune } = resolveSpec({ dataset: { uri: 's3://bucket/images' }, fineTune: [step] });
  const stage = planStages(backbone, head, fineTune, { images: 100 }).at(-1)!;
  const { h, w, c } = activationShape(backbone, cut);
  return examplesInPass({ stage, backbone, featuresAfter: cut, shape: [h, w, c] }, batch);
}

test('what a step holds for its gradient fits: large networks go through in parts', () => {
  assert.equal(inPass('vit_base_patch16_224', { adapter: { kind: 'lora' } }, 'tokens'), 4);
  assert.equal(inPass('vit_base_patch16_224', { unfreeze: 'default' }, 'blocks.7'), 8);
  assert.equal(inPass('vit_small_patch14_dinov2', { unfreeze: 'default' }, 'blocks.7', 16), 16);
  assert.equal(inPass('efficientnet_lite0', { unfreeze: 'default' }, 'blocks.2'), 32);
  assert.equal(inPass('resnet50', { unfreeze: 'layer4' }, 'layer3'), 32);
});

test('a head needs no parts, and an example is never divided', () => {
  const backbone = getBackbone('vit_base_patch16_224');
  const { head, fineTune } = resolveSpec({ dataset: { uri: 's3://bucket/images' } });
  const [stage, last] = planStages(backbone, head, fineTune, { images: 100 });
  const features = { backbone, featuresAfter: null, shape: [224, 224, 3] };
  assert.equal(examplesInPass({ ...features, stage: stage!, shape: [768] }, 32), 32);
  assert.equal(examplesInPass({ ...features, stage: last! }, 32, 1), 1);
});
