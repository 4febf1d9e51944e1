import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declareParameters, featureParameters, getBackbone, wholeOf } from './architecture.js';

const own = getBackbone('vit_small_patch14_dinov2');

test('a network pooled in its own way is itself', () => {
  assert.equal(getBackbone('vit_small_patch14_dinov2:token'), own);
  assert.equal(getBackbone('resnet18:mean'), getBackbone('resnet18'));
});

test('another pooling is another network by the same weights, with a head of its own', () => {
  const both = getBackbone('vit_small_patch14_dinov2:token+mean');
  assert.equal(both.name, 'vit_small_patch14_dinov2:token+mean');
  assert.equal(both.featureSize, 2 * own.featureSize);
  assert.deepEqual(featureParameters(both), featureParameters(own));
  assert.deepEqual(
    declareParameters(both, 3)
      .slice(-2)
      .map(({ name, shape }) => [name, shape]),
    [
      ['attached_head.weight', [3, 768]],
      ['attached_head.bias', [3]],
    ],
  );
  assert.equal(both.whole, own);
});

test('a network pooled so may end early, and its weights are still those of the whole', () => {
  const part = getBackbone('vit_small_patch14_dinov2:token+mean:blocks.8');
  assert.equal(part.featureSize, 768);
  assert.equal(part.name, 'vit_small_patch14_dinov2:token+mean:blocks.8');
  assert.equal(wholeOf(part), own);
  assert.throws(() => getBackbone('vit_small_patch14_dinov2:blocks.8:mean'), { code: 'GW_SPEC_INVALID' });
});

test('where a query was learned, the mean is to be had without it, and a class token is not', () => {
  const siglip = getBackbone('vit_base_patch16_siglip_224');
  assert.equal(getBackbone('vit_base_patch16_siglip_224:map'), siglip);
  const names = featureParameters(getBackbone('vit_base_patch16_siglip_224:mean')).map(({ name }) => name);
  assert.ok(!names.some((name) => name.startsWith('attn_pool')));
  assert.throws(() => getBackbone('vit_base_patch16_siglip_224:token'), {
    code: 'GW_SPEC_INVALID',
    message: /'token'/,
  });
});
