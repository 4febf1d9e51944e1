import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fails } from '../../test/fixtures/hubForTests.js';
import { processorConfig, transformersConfig } from '../../test/fixtures/repositoriesForTests.js';
import { transformersConfiguration } from './transformersConfiguration.js';
import { families } from './transformersFamilies.js';
import { transformersInput } from './transformersInput.js';

const source = 'hf:microsoft/resnet-50@1:config.json';
const processor = { json: processorConfig, source: 'hf:microsoft/resnet-50@1:preprocessor_config.json' };
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

test('transformers’ configuration names the network, how it sees pictures, and its classes', () => {
  const { backbone, ...rest } = transformersConfiguration(transformersConfig, source, processor);
  assert.equal(backbone.name, 'resnet50');
  assert.deepEqual(rest, {
    input: { size: 224, resize: 256, interpolation: 'bicubic', ...imagenet },
    pooling: 'mean',
    licence: undefined,
    labels: 2,
  });
  const alone = transformersConfiguration(transformersConfig, source, undefined);
  assert.deepEqual(alone.input, rest.input, 'as published where no file says');
});

test('each family’s figures make timm’s name', () => {
  const named = (type: string, figures: object) => {
    const family = families[type]!;
    return family.architecture({ ...family.figures, ...figures });
  };
  const small = { hidden_size: 384, num_attention_heads: 6 };
  assert.equal(
    named('resnet', { depths: [2, 2, 2, 2], hidden_sizes: [64, 128, 256, 512], layer_type: 'basic' }),
    'resnet18',
  );
  assert.equal(named('resnet', { layer_type: 'basic' }), undefined);
  assert.equal(named('vit', {}), 'vit_base_patch16_224');
  assert.equal(named('vit', { patch_size: 32, image_size: 384 }), 'vit_base_patch32_384');
  assert.equal(named('vit', { hidden_size: 769 }), undefined);
  assert.equal(named('dinov2', small), 'vit_small_patch14_dinov2');
  assert.equal(named('dinov2_with_registers', small), 'vit_small_patch14_reg4_dinov2');
  assert.equal(named('dinov3_vit', {}), 'vit_small_patch16_dinov3');
  assert.equal(named('convnext', {}), 'convnext_tiny');
  assert.equal(named('convnext', { depths: [3, 3, 27, 3] }), 'convnext_small');
  assert.equal(named('convnextv2', { depths: [2, 2, 6, 2], hidden_sizes: [40, 80, 160, 320] }), 'convnextv2_atto');
  assert.equal(named('convnextv2', { depths: [2, 2, 6, 2], hidden_sizes: [40, 80, 160, 321] }), undefined);
  assert.equal(named('deit', { ...small, intermediate_size: 1536 }), 'deit_small_distilled_patch16_224');
  assert.equal(named('clip', {}), 'vit_base_patch32_clip_quickgelu_224');
  assert.equal(named('clip', { hidden_act: 'gelu', patch_size: 16 }), 'vit_base_patch16_clip_224');
  assert.equal(named('clip', { hidden_act: 'relu' }), undefined);
  assert.equal(named('siglip', {}), 'vit_base_patch16_siglip_224');
  assert.equal(families['clip']!.pooling('CLIPForImageClassification'), undefined);
  assert.equal(families['siglip_vision_model']!.pooling('SiglipForImageClassification'), 'mean');
  assert.equal(families['dinov2']!.pooling('Dinov2Model'), 'token');
  assert.equal(families['dinov2']!.pooling('Dinov2ForImageClassification'), 'token+mean');
});

const read = (json: object, processorJson?: object) =>
  transformersConfiguration(
    { ...json },
    source,
    processorJson && { json: { ...processorJson }, source: processor.source },
  );

test('of CLIP and SigLIP the part that is about pictures is read, whatever earlier versions wrote into it', () => {
  const large = { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 4096 };
  const legacy = { add_cross_attention: false, max_length: 20, pruned_heads: {}, temperature: 1, top_k: 50 };
  const vision = { ...large, ...legacy, patch_size: 14, image_size: 336, model_type: 'clip_vision_model' };
  const clip = read({
    ...{ architectures: ['CLIPModel'], model_type: 'clip', projection_dim: 768, logit_scale_init_value: 2.6592 },
    text_config: { hidden_size: 768, hidden_act: 'quick_gelu' },
    vision_config: vision,
  });
  assert.deepEqual([clip.backbone.name, clip.pooling], ['vit_large_patch14_clip_quickgelu_336', 'token']);
  assert.deepEqual(
    [clip.input.size, clip.input.resize, clip.input.fit, clip.input.mean[0]],
    [336, 336, undefined, 0.48145466],
  );
  assert.throws(
    () => read({ model_type: 'clip', vision_config: { ...vision, rope_theta: 2 } }),
    fails('GW_BACKBONE_UNKNOWN', 'rope_theta 2'),
  );
  assert.throws(() => read({ model_type: 'clip', vision_config: 3 }), fails('GW_WEIGHTS_REFUSED', 'vision_config'));
  assert.throws(
    () => read({ model_type: 'clip_vision_model', architectures: ['CLIPForImageClassification'] }),
    fails('GW_BACKBONE_UNKNOWN', 'CLIPForImageClassification'),
  );
  const so400m = { hidden_size: 1152, num_hidden_layers: 27, num_attention_heads: 16, intermediate_size: 4304 };
  const siglip = read(
    { model_type: 'siglip', vision_config: { ...so400m, patch_size: 14, image_size: 384 } },
    { image_processor_type: 'SiglipImageProcessor', size: { height: 384, width: 384 }, resample: 3 },
  );
  assert.deepEqual([siglip.backbone.name, siglip.pooling], ['vit_so400m_patch14_siglip_384.google', 'map']);
  assert.deepEqual([siglip.input.size, siglip.input.resize, siglip.input.fit], [384, 384, 'squash']);
  assert.equal(
    read({ model_type: 'siglip_vision_model', patch_size: 32, image_size: 256 }).backbone.name,
    'vit_base_patch32_siglip_256',
  );
});

test('DeiT with a teacher has the classes of its two classifiers', () => {
  const deit = read(
    { model_type: 'deit', architectures: ['DeiTForImageClassificationWithTeacher'], num_labels: 1000 },
    { feature_extractor_type: 'DeiTFeatureExtractor', size: 256, crop_size: 224, do_center_crop: true, resample: 3 },
  );
  assert.deepEqual([deit.backbone.name, deit.labels], ['deit_base_distilled_patch16_224', 1000]);
  assert.deepEqual([deit.input.size, deit.input.resize, deit.input.fit], [224, 256, 'squash']);
});

test('processors resize, crop and squash as transformers does', () => {
  const input = (json: object, usual = 'ViTImageProcessor') => {
    const { size, resize, fit, interpolation } = transformersInput({ json: { ...json }, source }, usual, 224);
    return [size, resize, fit, interpolation];
  };
  assert.deepEqual(input({}), [224, 224, 'squash', 'bilinear']);
  assert.deepEqual(input({ size: { height: 384, width: 384 }, resample: 3 }), [384, 384, 'squash', 'bicubic']);
  const dinov2 = { image_processor_type: 'BitImageProcessor', size: { shortest_edge: 256 }, resample: 3 };
  assert.deepEqual(input({ ...dinov2, crop_size: { height: 224, width: 224 } }), [224, 256, undefined, 'bicubic']);
  assert.deepEqual(input({}, 'BitImageProcessor'), [224, 256, undefined, 'bicubic']);
  const convnext = { image_processor_type: 'ConvNextImageProcessor' };
  assert.deepEqual(input({ ...convnext, size: { shortest_edge: 224 } }), [224, 256, undefined, 'bicubic']);
  assert.deepEqual(input({ ...convnext, size: { shortest_edge: 384 } }), [384, 384, 'squash', 'bicubic']);
  const plain = transformersInput({ json: { do_normalize: false }, source }, 'ViTImageProcessor', 224);
  assert.deepEqual(
    [plain.mean, plain.std],
    [
      [0, 0, 0],
      [1, 1, 1],
    ],
  );
});

const wrong: [what: string, config: object, processor: object, code: string, parts: string[]][] = [
  ['a family', { model_type: 'swin' }, {}, 'GW_BACKBONE_UNKNOWN', ["family 'swin'"]],
  ['depths', { depths: [3, 4, 6, 4] }, {}, 'GW_BACKBONE_UNKNOWN', ['depths [3,4,6,4]']],
  ['a stride', { downsample_in_bottleneck: true }, {}, 'GW_BACKBONE_UNKNOWN', ['downsample_in_bottleneck true']],
  ['an activation', { hidden_act: 'gelu' }, {}, 'GW_BACKBONE_UNKNOWN', ['hidden_act "gelu"']],
  ['an unknown key', { anti_alias: 2 }, {}, 'GW_BACKBONE_UNKNOWN', ['anti_alias 2']],
  ['an inherited name', { model_type: 'constructor' }, {}, 'GW_BACKBONE_UNKNOWN', ["'constructor'"]],
  ['classes', { num_labels: -1 }, {}, 'GW_WEIGHTS_REFUSED', ['num_labels']],
  ['a processor', {}, { feature_extractor_type: 'LevitFeatureExtractor' }, 'GW_BACKBONE_UNKNOWN', ['LevitFeature']],
  ['no rescaling', {}, { do_rescale: false }, 'GW_BACKBONE_UNKNOWN', ['0 to 1']],
  ['an interpolation', {}, { resample: 1 }, 'GW_BACKBONE_UNKNOWN', ['resample 1']],
  ['a mean', {}, { image_mean: [1, 2] }, 'GW_WEIGHTS_REFUSED', ['preprocessor_config.json', 'image_mean']],
  ['no square', {}, { size: { height: 224, width: 192 } }, 'GW_BACKBONE_UNKNOWN', ['224×192']],
];
for (const [what, config, changed, code, parts] of wrong) {
  test(`${what} that there is none of here is refused by its name`, () => {
    const json = { ...transformersConfig, ...config };
    const changedProcessor = { ...processor, json: { ...processorConfig, ...changed } };
    assert.throws(
      () => transformersConfiguration(json, source, changedProcessor),
      fails(code, 'microsoft/resnet-50', ...parts),
    );
  });
}
