import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { applySettings } from './setPaths.js';

const cases: { name: string; spec?: UserSpec; settings: string[]; expected: unknown }[] = [
  { name: 'a number', settings: ['head.epochs=3'], expected: { head: { epochs: 3 } } },
  {
    name: 'a number with an exponent, in a list',
    settings: ['fineTune.0.learningRate=1e-4'],
    expected: { fineTune: [{ learningRate: 1e-4 }] },
  },
  { name: 'brackets', settings: ['fineTune[0].epochs=2'], expected: { fineTune: [{ epochs: 2 }] } },
  {
    name: 'a later step of a list that has none',
    settings: ['fineTune.1.epochs=2'],
    expected: { fineTune: [{}, { epochs: 2 }] },
  },
  { name: 'null', settings: ['head.patience=null'], expected: { head: { patience: null } } },
  {
    name: 'a list and a map',
    settings: ['augmentation.cropScale=[0.5, 1]', 'head.schedule={kind: constant}'],
    expected: { augmentation: { cropScale: [0.5, 1] }, head: { schedule: { kind: 'constant' } } },
  },
  { name: 'an empty list', settings: ['fineTune=[]'], expected: { fineTune: [] } },
  { name: 'the later one wins', settings: ['seed=1', 'seed=2'], expected: { seed: 2 } },
  {
    name: 'over a file, whose other fields stay',
    spec: { head: { epochs: 5, batchSize: 16 } },
    settings: ['head.epochs=3'],
    expected: { head: { epochs: 3, batchSize: 16 } },
  },
  {
    name: 'below a backbone given by its name',
    spec: { backbone: 'resnet50' },
    settings: ['backbone.weights=hf:timm/resnet50.tv_in1k'],
    expected: { backbone: { name: 'resnet50', weights: 'hf:timm/resnet50.tv_in1k' } },
  },
  {
    name: 'a part of a step',
    settings: ['fineTune.0.adapter.kind=lora', 'fineTune.0.adapter.targets=[qkv, fc1]'],
    expected: { fineTune: [{ adapter: { kind: 'lora', targets: ['qkv', 'fc1'] } }] },
  },
  { name: 'a value with an equals sign', settings: ['name="a=b"'], expected: { name: 'a=b' } },
];

for (const { name, spec = {}, settings, expected } of cases) {
  test(`--set takes ${name}`, () => {
    const before = structuredClone(spec);
    assert.deepEqual(applySettings(spec, settings), expected);
    assert.deepEqual(spec, before, 'the spec itself is left alone');
  });
}

test('--set reaches the resolved spec', () => {
  const spec = applySettings({ dataset: { uri: 's3://bucket/birds' } }, ['head.epochs=3', 'fineTune.0.epochs=2']);
  const { head, fineTune } = resolveSpec(spec);
  assert.equal(head.epochs, 3);
  assert.equal(fineTune[0]?.epochs, 2);
});

test('a path that the spec has not is refused with the nearest one', () => {
  assert.throws(() => applySettings({}, ['head.epoch=3']), {
    code: 'GW_SPEC_INVALID',
    message: /head\.epoch: /,
    remedy: /head\.epochs\?/,
    exitCode: 2,
  });
  assert.throws(() => applySettings({}, ['finetune.0.learningRate=1']), { remedy: /fineTune\.0\.learningRate\?/ });
});

test('an item beyond the end of its list is refused at once', () => {
  for (const setting of ['fineTune.8.epochs=1', 'fineTune.99999999.epochs=1', 'fineTune[99999999]={}']) {
    assert.throws(() => applySettings({}, [setting]), {
      code: 'GW_SPEC_INVALID',
      message: /fineTune has at most 8 items/,
      remedy: /fineTune\.0 to fineTune\.7/,
    });
  }
  for (const [setting, message] of [
    ['evaluation.topK.99999999=1', /evaluation\.topK has at most 8 items/],
    ['augmentation.cropScale.99999999=1', /augmentation\.cropScale has at most 2 items/],
    ['fineTune.0.unfreeze.99999999=layer4', /fineTune\.0\.unfreeze has at most 1000 items/],
  ] as const) {
    assert.throws(() => applySettings({}, [setting]), { code: 'GW_SPEC_INVALID', message });
  }
  assert.deepEqual(applySettings({}, ['evaluation.topK.0=3']), { evaluation: { topK: [3] } });
});

test('a setting without a value, or with broken YAML, is refused', () => {
  assert.throws(() => applySettings({}, ['head.epochs']), { code: 'GW_SPEC_INVALID', remedy: /path=value/ });
  assert.throws(() => applySettings({}, ['name=[']), { code: 'GW_SPEC_INVALID', message: /not YAML/ });
});
