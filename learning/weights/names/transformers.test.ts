import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NamedArray } from '../../backbones/architecture.js';
import { inTimmNames } from './transformers.js';

const empty: NamedArray = { shape: [0], data: new Float32Array(0) };

/** What becomes of the names of a file. */
function renamed(names: readonly string[]): string[] {
  return [...inTimmNames(new Map(names.map((name) => [name, empty])), 'file').keys()];
}

/** Each pair: the name in a published file, and timm's. */
const published: Record<string, [theirs: string, timm: string][]> = {
  'ResNetForImageClassification (microsoft/resnet-50)': [
    ['resnet.embedder.embedder.convolution.weight', 'conv1.weight'],
    ['resnet.embedder.embedder.normalization.running_var', 'bn1.running_var'],
    ['resnet.encoder.stages.0.layers.0.shortcut.convolution.weight', 'layer1.0.downsample.0.weight'],
    ['resnet.encoder.stages.0.layers.0.shortcut.normalization.bias', 'layer1.0.downsample.1.bias'],
    ['resnet.encoder.stages.3.layers.2.layer.0.convolution.weight', 'layer4.2.conv1.weight'],
    ['resnet.encoder.stages.3.layers.2.layer.2.normalization.running_mean', 'layer4.2.bn3.running_mean'],
    ['classifier.1.weight', 'fc.weight'],
  ],
  'ViTForImageClassification (google/vit-base-patch16-224)': [
    ['vit.embeddings.cls_token', 'cls_token'],
    ['vit.embeddings.position_embeddings', 'pos_embed'],
    ['vit.embeddings.patch_embeddings.projection.weight', 'patch_embed.proj.weight'],
    ['vit.encoder.layer.0.layernorm_before.weight', 'blocks.0.norm1.weight'],
    ['vit.encoder.layer.0.layernorm_after.bias', 'blocks.0.norm2.bias'],
    ['vit.encoder.layer.11.attention.output.dense.weight', 'blocks.11.attn.proj.weight'],
    ['vit.encoder.layer.11.intermediate.dense.bias', 'blocks.11.mlp.fc1.bias'],
    ['vit.encoder.layer.11.output.dense.weight', 'blocks.11.mlp.fc2.weight'],
    ['vit.layernorm.weight', 'norm.weight'],
    ['classifier.bias', 'head.bias'],
  ],
  'DeiTForImageClassificationWithTeacher (facebook/deit-tiny-distilled-patch16-224)': [
    ['deit.embeddings.cls_token', 'cls_token'],
    ['deit.embeddings.distillation_token', 'dist_token'],
    ['deit.embeddings.position_embeddings', 'pos_embed'],
    ['deit.encoder.layer.0.layernorm_before.weight', 'blocks.0.norm1.weight'],
    ['deit.encoder.layer.11.output.dense.bias', 'blocks.11.mlp.fc2.bias'],
    ['deit.layernorm.weight', 'norm.weight'],
    ['cls_classifier.weight', 'head.weight'],
    ['distillation_classifier.bias', 'head_dist.bias'],
  ],
  'CLIPModel (openai/clip-vit-base-patch32)': [
    ['vision_model.embeddings.class_embedding', 'cls_token'],
    ['vision_model.embeddings.patch_embedding.weight', 'patch_embed.proj.weight'],
    ['vision_model.embeddings.position_embedding.weight', 'pos_embed'],
    ['vision_model.pre_layrnorm.bias', 'norm_pre.bias'],
    ['vision_model.encoder.layers.0.self_attn.out_proj.weight', 'blocks.0.attn.proj.weight'],
    ['vision_model.encoder.layers.0.layer_norm1.weight', 'blocks.0.norm1.weight'],
    ['vision_model.encoder.layers.11.layer_norm2.bias', 'blocks.11.norm2.bias'],
    ['vision_model.encoder.layers.11.mlp.fc1.weight', 'blocks.11.mlp.fc1.weight'],
    ['vision_model.post_layernorm.weight', 'norm.weight'],
    ['visual_projection.weight', 'visual_projection.weight'],
  ],
  'SiglipModel (google/siglip-base-patch16-224)': [
    ['vision_model.head.probe', 'attn_pool.latent'],
    ['vision_model.embeddings.patch_embedding.bias', 'patch_embed.proj.bias'],
    ['vision_model.embeddings.position_embedding.weight', 'pos_embed'],
    ['vision_model.encoder.layers.0.layer_norm1.weight', 'blocks.0.norm1.weight'],
    ['vision_model.post_layernorm.bias', 'norm.bias'],
    ['vision_model.head.attention.out_proj.weight', 'attn_pool.proj.weight'],
    ['vision_model.head.layernorm.weight', 'attn_pool.norm.weight'],
    ['vision_model.head.mlp.fc2.bias', 'attn_pool.mlp.fc2.bias'],
  ],
  'Dinov2Model (facebook/dinov2-small)': [
    ['embeddings.cls_token', 'cls_token'],
    ['embeddings.position_embeddings', 'pos_embed'],
    ['embeddings.patch_embeddings.projection.bias', 'patch_embed.proj.bias'],
    ['encoder.layer.0.norm1.weight', 'blocks.0.norm1.weight'],
    ['encoder.layer.0.attention.output.dense.bias', 'blocks.0.attn.proj.bias'],
    ['encoder.layer.0.layer_scale1.lambda1', 'blocks.0.ls1.gamma'],
    ['encoder.layer.11.layer_scale2.lambda1', 'blocks.11.ls2.gamma'],
    ['encoder.layer.11.mlp.fc2.weight', 'blocks.11.mlp.fc2.weight'],
    ['encoder.layer.11.mlp.weights_in.weight', 'blocks.11.mlp.fc1.weight'],
    ['layernorm.bias', 'norm.bias'],
  ],
  'DINOv3ViTModel (facebook/dinov3-vits16-pretrain-lvd1689m)': [
    ['embeddings.cls_token', 'cls_token'],
    ['embeddings.register_tokens', 'reg_token'],
    ['embeddings.patch_embeddings.weight', 'patch_embed.proj.weight'],
    ['layer.0.norm1.weight', 'blocks.0.norm1.weight'],
    ['layer.0.attention.o_proj.bias', 'blocks.0.attn.proj.bias'],
    ['layer.0.layer_scale1.lambda1', 'blocks.0.gamma_1'],
    ['layer.11.mlp.up_proj.weight', 'blocks.11.mlp.fc1.weight'],
    ['layer.11.mlp.down_proj.bias', 'blocks.11.mlp.fc2.bias'],
    ['norm.weight', 'norm.weight'],
  ],
  'ConvNextForImageClassification (facebook/convnext-tiny-224)': [
    ['convnext.embeddings.patch_embeddings.weight', 'stem.0.weight'],
    ['convnext.embeddings.layernorm.weight', 'stem.1.weight'],
    ['convnext.encoder.stages.0.layers.0.dwconv.weight', 'stages.0.blocks.0.conv_dw.weight'],
    ['convnext.encoder.stages.0.layers.0.layernorm.bias', 'stages.0.blocks.0.norm.bias'],
    ['convnext.encoder.stages.2.layers.8.pwconv1.weight', 'stages.2.blocks.8.mlp.fc1.weight'],
    ['convnext.encoder.stages.2.layers.8.layer_scale_parameter', 'stages.2.blocks.8.gamma'],
    ['convnext.encoder.stages.3.downsampling_layer.0.bias', 'stages.3.downsample.0.bias'],
    ['convnext.encoder.stages.3.downsampling_layer.1.weight', 'stages.3.downsample.1.weight'],
    ['convnext.layernorm.weight', 'head.norm.weight'],
    ['classifier.weight', 'head.fc.weight'],
  ],
  'ConvNextV2ForImageClassification (facebook/convnextv2-atto-1k-224)': [
    ['convnextv2.encoder.stages.0.layers.0.dwconv.bias', 'stages.0.blocks.0.conv_dw.bias'],
    ['convnextv2.encoder.stages.0.layers.0.dwconv.weight', 'stages.0.blocks.0.conv_dw.weight'],
    ['convnextv2.encoder.stages.0.layers.0.grn.weight', 'stages.0.blocks.0.mlp.grn.weight'],
  ],
};

for (const [file, pairs] of Object.entries(published)) {
  test(`the names of ${file} become timm’s`, () => {
    assert.deepEqual(
      renamed(pairs.map(([theirs]) => theirs)),
      pairs.map(([, timm]) => timm),
    );
  });
}

test('names that are no family’s of transformers stay', () => {
  const names = ['conv1.weight', 'layernorm.weight', 'classifier.weight', 'blocks.0.attn.qkv.weight'];
  assert.deepEqual(renamed(names), names);
});

const array = (shape: readonly number[], ...data: number[]): NamedArray => ({ shape, data: Float32Array.from(data) });

test('queries, keys and values become one matrix, in this order', () => {
  const layer = 'encoder.layer.0.attention.attention';
  const file = new Map([
    ['encoder.layer.0.layer_scale1.lambda1', array([1], 1)],
    [`${layer}.key.weight`, array([1, 2], 3, 4)],
    [`${layer}.query.weight`, array([1, 2], 1, 2)],
    [`${layer}.value.weight`, array([1, 2], 5, 6)],
  ]);
  const found = inTimmNames(file, 'file');
  assert.deepEqual(found.get('blocks.0.attn.qkv.weight'), array([3, 2], 1, 2, 3, 4, 5, 6));
  assert.deepEqual([...found.keys()], ['blocks.0.ls1.gamma', 'blocks.0.attn.qkv.weight']);
});

test('a bias of DINOv3’s queries is nothing where it is zero, and refused where it is not', () => {
  const file = (...bias: number[]) =>
    new Map([
      ['layer.0.layer_scale1.lambda1', array([1], 1)],
      ['layer.0.attention.q_proj.bias', array([2], ...bias)],
      ['layer.0.attention.v_proj.bias', array([2], 0, 0)],
    ]);
  assert.deepEqual([...inTimmNames(file(0, 0), 'file').keys()], ['blocks.0.gamma_1']);
  assert.throws(() => inTimmNames(file(0, 0.1), 'x.bin'), {
    code: 'GW_WEIGHTS_MISMATCH',
    message: /^x\.bin: 'blocks\.0\.attn\.query\.bias/,
  });
  const biased = inTimmNames(file(0, 0.1), 'x.bin', new Set(['blocks.0.attn.q_bias']));
  assert.deepEqual(biased.get('blocks.0.attn.q_bias'), array([2], 0, 0.1));
  assert.deepEqual(biased.get('blocks.0.attn.v_bias'), array([2], 0, 0));
});

test('with registers, the class token takes its position along', () => {
  const found = inTimmNames(
    new Map([
      ['encoder.layer.0.layer_scale1.lambda1', array([2], 1, 1)],
      ['embeddings.cls_token', array([1, 1, 2], 1, 2)],
      ['embeddings.register_tokens', array([1, 1, 2], 3, 4)],
      ['embeddings.position_embeddings', array([1, 3, 2], 10, 20, 30, 40, 50, 60)],
    ]),
    'file',
  );
  assert.deepEqual(found.get('cls_token'), array([1, 1, 2], 11, 22));
  assert.deepEqual(found.get('pos_embed'), array([1, 2, 2], 30, 40, 50, 60));
  assert.deepEqual(found.get('reg_token'), array([1, 1, 2], 3, 4));
  assert.ok(!found.has('register_tokens'));
});

test('towers for texts are left behind', () => {
  const clip = ['vision_model.embeddings.class_embedding', 'text_model.encoder.layers.0.mlp.fc1.weight', 'logit_scale'];
  assert.deepEqual(renamed([...clip, 'text_projection.weight']), ['cls_token']);
});

test('SigLIP’s pool has its queries apart from its keys and values', () => {
  const found = inTimmNames(
    new Map([
      ['vision_model.head.probe', array([1, 1, 1], 1)],
      ['vision_model.head.attention.in_proj_weight', array([3, 1], 1, 2, 3)],
      ['vision_model.head.attention.in_proj_bias', array([3], 4, 5, 6)],
    ]),
    'file',
  );
  assert.deepEqual(found.get('attn_pool.q.weight'), array([1, 1], 1));
  assert.deepEqual(found.get('attn_pool.kv.weight'), array([2, 1], 2, 3));
  assert.deepEqual(found.get('attn_pool.q.bias'), array([1], 4));
  assert.deepEqual(found.get('attn_pool.kv.bias'), array([2], 5, 6));
});
