import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families } from '../../test/fixtures/families.js';
import { parameterGroups } from '../optimizers/parameterGroups.js';
import { declareParameters, getBackbone, layersBelowHead, residualBlocks, residualBranches } from './index.js';

const depthsIn = (name: string, parameters: readonly string[]): number[] => {
  const depthOf = layersBelowHead(getBackbone(name));
  return parameters.map((parameter) => depthOf({ name: parameter }));
};

test('layers below the head are those of timm: blocks, what lies between two with the upper one, the stem below them', () => {
  const depth = 12;
  const ofVit = [
    'head.weight',
    'norm.weight',
    'blocks.11.norm1.weight',
    'blocks.8.mlp.fc2.bias',
    'blocks.1.attn.qkv.weight',
  ];
  assert.deepEqual(depthsIn('vit_tiny_patch16_224', [...ofVit, 'blocks.0.norm1.bias']), [0, 1, 1, 4, 11, depth]);
  const stem = ['cls_token', 'pos_embed', 'patch_embed.proj.weight'];
  assert.deepEqual(
    depthsIn('vit_tiny_patch16_224', stem),
    stem.map(() => depth + 1),
  );
  // Its stages have 3, 3, 9 and 3 blocks.
  const ofConvnext = ['head.fc.bias', 'head.norm.weight', 'stages.3.blocks.2.gamma', 'stages.3.blocks.0.norm.bias'];
  const lower = ['stages.3.downsample.1.weight', 'stages.2.blocks.8.mlp.fc1.weight', 'stem.0.weight'];
  assert.deepEqual(depthsIn('convnext_tiny', [...ofConvnext, ...lower]), [0, 1, 1, 3, 3, 4, 19]);
});

test('without residual blocks each stage with parameters is a layer', () => {
  assert.deepEqual(residualBlocks(getBackbone('vgg11')), []);
  const parameters = ['classifier.6.weight', 'classifier.0.weight', 'features.18.weight', 'features.16.bias'];
  assert.deepEqual(depthsIn('vgg11', [...parameters, 'features.0.weight']), [0, 1, 2, 2, 6]);
});

test('each residual branch has a name of its own, within its block', () => {
  for (const name of families) {
    const branches = residualBranches(getBackbone(name));
    assert.equal(new Set(branches.map((branch) => branch.name)).size, branches.length, name);
    const parameters = declareParameters(getBackbone(name));
    for (const { block, stage } of branches) {
      assert.ok(
        parameters.some((spec) => spec.stage === stage && spec.name.startsWith(`${block}.`)),
        `${name}: ${block}`,
      );
    }
  }
  assert.equal(residualBranches(getBackbone('vit_tiny_patch16_224')).length, 24);
  assert.equal(residualBranches(getBackbone('convnext_tiny')).length, 18);
});

test('weight decay acts on weights of layers alone: not on norms, biases, tokens, positions or LayerScale', () => {
  for (const name of [...families, 'vit_small_patch14_reg4_dinov2', 'vit_base_patch16_siglip_224', 'convnext_tiny']) {
    for (const { decayed, specs } of parameterGroups(declareParameters(getBackbone(name)), () => 1)) {
      for (const { name: parameter, shape } of specs) {
        const isToken = /(^|\.)(cls_token|reg_token|pos_embed|latent)$/.test(parameter);
        assert.equal(decayed, shape.length > 1 && !isToken, `${name}: ${parameter}`);
      }
    }
  }
});
