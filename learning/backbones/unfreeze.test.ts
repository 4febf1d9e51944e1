import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { backboneNames, declareParameters, getBackbone, isTrainable } from './index.js';
import { unfrozen } from './unfreeze.js';

/** Stages, and modules directly below which parameters train. */
function meaning(backbone: string, unfreeze: string | string[]): [stages: string[], modules: string[] | 'all'] {
  const { stages, parameters } = unfrozen(getBackbone(backbone), unfreeze);
  const modules = parameters?.map((name) => name.split('.').slice(0, -1).join('.'));
  return [[...stages], modules ? [...new Set(modules)] : 'all'];
}

test('names mean what users of torchvision and timm expect', () => {
  const table: [backbone: string, unfreeze: string | string[], stages: string[], modules: string[] | 'all'][] = [
    ['resnet50', 'layer4', ['layer4'], 'all'],
    ['resnet50', ['layer4'], ['layer4'], 'all'],
    ['resnet50', 'layer3', ['layer3', 'layer4'], 'all'],
    ['resnet50', 'layer4.*', ['layer4'], 'all'],
    ['resnet50', 'layer3-4', ['layer3', 'layer4'], 'all'],
    ['resnet50', 'layer?.*', ['layer1', 'layer2', 'layer3', 'layer4'], 'all'],
    ['resnet18', 'layer4.1', ['layer4'], ['layer4.1.conv1', 'layer4.1.bn1', 'layer4.1.conv2', 'layer4.1.bn2']],
    ['resnet18', 'layer4.*.conv2.weight', ['layer4'], ['layer4.0.conv2', 'layer4.1.conv2']],
    ['resnet18', 'layer4.*.conv2', ['layer4'], ['layer4.0.conv2', 'layer4.1.conv2']],
    ['resnet18', 'bn1', ['stem'], ['bn1']],
    ['vgg16', 'features.24-30', ['block5'], 'all'],
    ['vgg16', 'features.24*', ['block5'], ['features.24']],
    ['vgg16', 'features.28', ['block5'], ['features.28']],
    ['vgg16', 'block5', ['block5', 'hidden'], 'all'],
    ['vgg16', 'classifier', ['hidden'], 'all'],
    ['vgg16_bn', 'features.34-43', ['block5'], 'all'],
    ['inception_v3', 'Mixed_7', ['mixed7'], 'all'],
    ['inception_v3', 'Mixed_7*', ['mixed7'], 'all'],
    ['inception_v3', 'mixed7', ['mixed7'], 'all'],
    ['inception_v3', 'Mixed_7a-c', ['mixed7'], 'all'],
    ['googlenet', 'inception5', ['inception5'], 'all'],
    ['googlenet', 'inception5a-b', ['inception5'], 'all'],
    ['mobilenet_v2', 'features.18', ['head'], 'all'],
    ['mobilenet_v2', 'features.14-18', ['stage6', 'stage7', 'head'], 'all'],
    ['squeezenet1_1', 'features.9-12', ['fires3'], 'all'],
    ['efficientnet_lite0', 'blocks.4-6.*', ['blocks.4', 'blocks.5', 'blocks.6'], 'all'],
    ['efficientnet_lite0', 'conv_head', ['conv_head'], 'all'],
  ];
  for (const [backbone, unfreeze, stages, modules] of table) {
    assert.deepEqual(meaning(backbone, unfreeze), [stages, modules], `${backbone} ${String(unfreeze)}`);
  }
  // A stage brings its suffix, a module beside it only itself.
  const [mixed, parts] = meaning('resnet18', ['layer4', 'layer2.0.conv1']);
  assert.deepEqual(mixed, ['layer2', 'layer4']);
  assert.ok(parts.includes('layer2.0.conv1') && parts.includes('layer4.0.bn1') && !parts.includes('layer2.0.bn1'));
  const [stages, modules] = meaning('googlenet', 'inception5b');
  assert.deepEqual(stages, ['inception5']);
  assert.ok(modules !== 'all' && modules.length === 6 && modules.every((name) => name.startsWith('inception5b.')));
});

test('the keywords fit every backbone, and a stage named alone trains its suffix', () => {
  for (const name of backboneNames()) {
    const backbone = getBackbone(name);
    const all = backbone.stages.map((stage) => stage.name);
    const [last, usual, half, most] = (['last', 'default', 'half', 'all'] as const).map((word) =>
      unfrozen(backbone, word),
    );
    assert.ok(last && usual && half && most);
    assert.ok(last.stages.includes(backbone.lastStage));
    assert.deepEqual(usual, unfrozen(backbone, [...backbone.defaultUnfreeze]));
    assert.ok(half.stages.length * 2 <= all.length && half.stages.length > 0);
    assert.deepEqual(most.stages, all.slice(1));
    for (const stage of all) assert.deepEqual(unfrozen(backbone, stage).stages, all.slice(all.indexOf(stage)));
    // Every trainable parameter can be named, and nothing else can be trained by its name.
    for (const spec of declareParameters(backbone).slice(-12)) {
      if (spec.stage === 'classifier' || !isTrainable(spec)) assert.throws(() => unfrozen(backbone, spec.name));
      else assert.deepEqual(unfrozen(backbone, spec.name).stages, [spec.stage], spec.name);
    }
  }
});

test('what matches nothing is refused, naming what would', () => {
  const table = [
    ['resnet50', 'layer5', 'GW_STAGE_UNKNOWN', /'layer\d'/],
    ['resnet50', 'layer5.*', 'GW_STAGE_UNKNOWN', /'layer\d'/],
    ['vgg16', 'features.31-40', 'GW_STAGE_UNKNOWN', /features/],
    ['vgg16', 'feature.28', 'GW_STAGE_UNKNOWN', /'features\.28'/],
    ['inception_v3', 'Mixed_8', 'GW_STAGE_UNKNOWN', /Mixed_|mixed\d/],
    ['googlenet', 'inception5c', 'GW_STAGE_UNKNOWN', /'inception5/],
    ['resnet50', 'fc', 'GW_SPEC_INVALID', /layer4/],
    ['resnet50', `${'*'.repeat(60)}z`, 'GW_STAGE_UNKNOWN', /./],
    ['resnet50', `${'*e'.repeat(30)}z`, 'GW_STAGE_UNKNOWN', /./],
    ['resnet50', '*.running_mean', 'GW_SPEC_INVALID', /layer4/],
  ] as const;
  for (const [backbone, unfreeze, code, remedy] of table) {
    assert.throws(
      () => unfrozen(getBackbone(backbone), ['last', unfreeze]),
      (error) => {
        assert.ok(error instanceof GraftworkError, String(error));
        assert.equal(error.code, code, unfreeze);
        assert.match(error.remedy ?? '', remedy);
        assert.ok(error.message.includes(`'${unfreeze}'`));
        return true;
      },
    );
  }
});
