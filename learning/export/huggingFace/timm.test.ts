import assert from 'node:assert/strict';
import { test } from 'node:test';
import { card } from '../../../test/fixtures/cardForTests.js';
import { backboneNames, declareLayers, declareParameters, getBackbone } from '../../backbones/index.js';
import { formulaParameters } from '../../weights/index.js';
import { cropShare, timmConfig } from './timmConfig.js';
import { timmNetwork, timmParameters } from './timmModel.js';

test('timm resizes to the very size a model was trained with, whatever it is', () => {
  for (let crop = 32; crop <= 512; crop += 1) {
    for (let resize = crop; resize <= crop + 200; resize += 1) {
      assert.equal(Math.floor(crop / cropShare(crop, resize)), resize);
    }
  }
});

test('a network that timm does not have is refused with the reason', () => {
  const refused = (name: string, message: RegExp): void =>
    assert.throws(() => timmNetwork(getBackbone(name)), { code: 'GW_EXPORT_UNSUPPORTED', message });
  refused('googlenet', /^googlenet cannot be exported for timm: timm does not have this network\.$/);
  refused('mobilenet_v2_expand_first', /no expansion/);
  refused('resnet18:layer3', /no networks that end before their last stage/);
});

test('every layer of a backbone that timm has keeps a name of its own', () => {
  for (const name of backboneNames()) {
    const backbone = getBackbone(name);
    if (typeof backbone.timm === 'string') continue;
    const { names, windows } = backbone.timm;
    const layers = declareLayers(backbone).flatMap((layer) => [
      layer.name,
      ...(layer.batchNorm ? [layer.batchNorm.name] : []),
    ]);
    assert.ok(
      [...names.keys(), ...Object.keys(windows)].every((layer) => layers.includes(layer)),
      name,
    );
    assert.equal(new Set(layers.map((layer) => names.get(layer) ?? layer)).size, layers.length, name);
  }
});

test('MobileNetV2’s layers have timm’s names, each once', () => {
  const backbone = getBackbone('mobilenet_v2');
  const { names } = timmNetwork(backbone);
  assert.equal(names.get('features.0.1'), 'bn1');
  assert.equal(names.get('features.1.conv.0.0'), 'blocks.0.0.conv_dw');
  assert.equal(names.get('features.1.conv.2'), 'blocks.0.0.bn2');
  assert.equal(names.get('features.3.conv.1.0'), 'blocks.1.1.conv_dw');
  assert.equal(names.get('features.17.conv.2'), 'blocks.6.0.conv_pwl');
  const renamed = timmParameters(backbone, formulaParameters(backbone, 2));
  assert.equal(renamed.size, declareParameters(backbone, 2).length);
  assert.ok([...renamed.keys()].every((name) => !name.startsWith('features.')));
});

test('the configuration says what timm has to know', () => {
  const config = timmConfig(getBackbone('resnet18'), card('insects', 'run-1', 3));
  assert.equal(config['architecture'], 'resnet18');
  assert.deepEqual(config['label_names'], ['ants', 'bees']);
  const pretrained = config['pretrained_cfg'] as Record<string, unknown>;
  assert.deepEqual(pretrained['input_size'], [3, 224, 224]);
  assert.equal(pretrained['crop_pct'], 0.875);
  assert.deepEqual(pretrained['pool_size'], [7, 7]);
  assert.equal(pretrained['crop_mode'], 'center');
  for (const [fit, mode] of [
    ['pad', 'border'],
    ['squash', 'squash'],
  ] as const) {
    const base = card('insects', 'run-1', 3);
    const whole = timmConfig(getBackbone('resnet18'), {
      ...base,
      input: { ...base.input, resize: 224, store: 224, fit },
    });
    const { crop_mode, crop_pct } = whole['pretrained_cfg'] as Record<string, unknown>;
    assert.deepEqual([crop_mode, crop_pct], [mode, 1]);
  }
  // A transformer's positions are for one size, which timm has to know.
  assert.equal(pretrained['fixed_input_size'], false);
  const transformer = timmConfig(getBackbone('vit_tiny_patch16_224'), card('insects', 'run-1', 3));
  assert.equal((transformer['pretrained_cfg'] as Record<string, unknown>)['fixed_input_size'], true);
  const weights = { ...card('insects', 'run-1', 3).backbone, license: 'apache-2.0' };
  const small = timmConfig(getBackbone('resnet18'), { ...card('insects', 'run-1', 3), backbone: weights });
  assert.equal((small['pretrained_cfg'] as Record<string, unknown>)['license'], 'apache-2.0', 'however it is written');
});
