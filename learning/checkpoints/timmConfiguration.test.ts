import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fails } from '../../test/fixtures/hubForTests.js';
import { timmConfig } from '../../test/fixtures/repositoriesForTests.js';
import { backboneNames, getBackbone } from '../backbones/architecture.js';
import { card } from '../../test/fixtures/cardForTests.js';
import { timmConfig as exportedConfig } from '../export/huggingFace/timmConfig.js';
import { timmConfiguration } from './timmConfiguration.js';

const source = 'hf:timm/x@1:config.json';
const { pretrained_cfg: pretrained } = timmConfig;
const withPretrained = (changed: object) => ({ ...timmConfig, pretrained_cfg: { ...pretrained, ...changed } });

test('timm’s configuration names the network, how it sees pictures, its licence and its classes', () => {
  const { backbone, ...rest } = timmConfiguration(timmConfig, source);
  assert.equal(backbone.name, 'mobilenet_v2');
  assert.deepEqual(rest, {
    input: { size: 224, resize: 235, interpolation: 'bicubic', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    pooling: 'mean',
    licence: 'apache-2.0',
    labels: 1000,
  });
});

test('the older form, and each crop mode, are understood', () => {
  const { architecture, num_features } = timmConfig;
  const old = timmConfiguration({ ...pretrained, architecture, num_features }, source);
  assert.deepEqual([old.backbone.name, old.labels, old.pooling], ['mobilenet_v2', 1000, undefined]);
  const fitOf = (crop_mode: string) => timmConfiguration(withPretrained({ crop_mode }), source).input.fit;
  assert.deepEqual(['center', 'squash', 'border'].map(fitOf), [undefined, 'squash', 'pad']);
});

test('a network that timm has with other arguments is found by them', () => {
  const args = (more: object) => ({ ...timmConfig, model_args: { ...timmConfig.model_args, ...more } });
  assert.equal(timmConfiguration(args({ pad_type: 'same' }), source).backbone.name, 'tf_mobilenet_v2');
  const alike = { drop_rate: 0.2, dynamic_img_size: true };
  assert.equal(timmConfiguration(args(alike), source).backbone.name, 'mobilenet_v2');
  assert.throws(
    () => timmConfiguration(args({ act_layer: 'silu' }), source),
    fails('GW_BACKBONE_UNKNOWN', source, 'mobilenetv2_100', 'act_layer "silu"'),
  );
});

test('what is exported for timm is read as the same network', () => {
  for (const name of backboneNames()
    .map(getBackbone)
    .flatMap(({ name, timm }) => (typeof timm === 'string' ? [] : name))) {
    const { backbone, input } = timmConfiguration(exportedConfig(getBackbone(name), card('birds', 'run-1', 3)), source);
    assert.deepEqual(backbone.timm, getBackbone(name).timm);
    assert.equal(input.size, card('birds', 'run-1', 3).input.crop);
  }
});

const wrong: [what: string, config: object, code: string, parts: string[]][] = [
  ['an architecture', { ...timmConfig, architecture: 'beit_base_patch16_224' }, 'GW_BACKBONE_UNKNOWN', ["'beit_base"]],
  ['a pooling', { ...timmConfig, global_pool: 'catavgmax' }, 'GW_BACKBONE_UNKNOWN', ["global_pool 'catavgmax'"]],
  ['a crop mode', withPretrained({ crop_mode: 'random' }), 'GW_BACKBONE_UNKNOWN', ["crop_mode 'random'"]],
  ['an interpolation', withPretrained({ interpolation: 'lanczos' }), 'GW_BACKBONE_UNKNOWN', ["'lanczos'"]],
  ['no square', withPretrained({ input_size: [3, 224, 192] }), 'GW_BACKBONE_UNKNOWN', ['224×192']],
  ['grey pictures', { ...timmConfig, model_args: { in_chans: 1 } }, 'GW_BACKBONE_UNKNOWN', ['1 channels']],
  ['features', { ...timmConfig, num_features: 2048 }, 'GW_WEIGHTS_MISMATCH', ['num_features is 2048', '1280']],
  ['a size', withPretrained({ input_size: [3, 1e9, 1e9] }), 'GW_WEIGHTS_REFUSED', ['pretrained_cfg.input_size.1']],
  ['a deviation', withPretrained({ std: [0, 1, 1] }), 'GW_WEIGHTS_REFUSED', ['pretrained_cfg.std.0']],
  ['a share', withPretrained({ crop_pct: 0 }), 'GW_WEIGHTS_REFUSED', ['pretrained_cfg.crop_pct']],
  ['settings', { ...timmConfig, pretrained_cfg: [] }, 'GW_WEIGHTS_REFUSED', ['pretrained_cfg']],
];
for (const [what, config, code, parts] of wrong) {
  test(`${what} that there is none of here is refused by its name`, () => {
    assert.throws(() => timmConfiguration({ ...config }, source), fails(code, source, ...parts));
  });
}
