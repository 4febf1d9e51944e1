import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../errors.js';
import { recipes, resolveSpec } from './recipes.js';
import { runSpecSchema, type UserSpec } from './runSpec.js';

const dataset = { uri: 's3://bucket/photos/Ants & Bees/' };

test('the reference recipe trains on every training image, unless told otherwise', () => {
  assert.equal(resolveSpec({ recipe: 'reference', dataset }).dataset.splits.validation, 0);
  const carved = resolveSpec({ recipe: 'reference', dataset: { ...dataset, splits: { validation: 0.1 } } });
  assert.deepEqual(carved.dataset.splits, { validation: 0.1, test: 0.2 });
});

test('a spec of a source alone is the default recipe, named after the source', () => {
  const { name, dataset: found, ...rest } = resolveSpec({ dataset });
  assert.equal(name, 'ants-bees');
  assert.deepEqual({ ...rest, splits: found.splits }, recipes.default);
  assert.equal(resolveSpec({ dataset: { uri: 's3://bucket/lists/birds.csv' } }).name, 'birds');
});

test('every recipe is a complete spec, and resolving it again changes nothing', () => {
  for (const recipe of ['default', 'reference'] as const) {
    const spec = resolveSpec({ dataset, recipe });
    assert.deepEqual(runSpecSchema.parse(spec), spec);
    assert.deepEqual(resolveSpec(spec), spec);
  }
});

test('a number format is chosen by the run, unless one is named', () => {
  for (const dtype of ['float32', 'bfloat16', 'auto'] as const) {
    const spec = resolveSpec({ dataset, compute: { dtype } });
    assert.deepEqual(spec.compute, { dtype });
    assert.deepEqual(resolveSpec(spec), spec);
  }
  assert.deepEqual(resolveSpec({ dataset }).compute, { dtype: 'auto' });
});

test('what is said wins, field by field; what is not is the recipe', () => {
  const spec = resolveSpec({
    dataset: { ...dataset, splits: { validation: 0.3 } },
    backbone: 'resnet18',
    head: { epochs: 3, optimizer: { kind: 'sgd' } },
    augmentation: { views: 2 },
    seed: 4,
  });
  assert.deepEqual(spec.backbone, { name: 'resnet18' });
  assert.deepEqual(spec.head, {
    ...recipes.default.head,
    epochs: 3,
    optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 },
  });
  assert.deepEqual(spec.augmentation, { ...recipes.default.augmentation, views: 2 });
  assert.deepEqual(spec.dataset.splits, { validation: 0.3, test: 0.2 });
  assert.equal(spec.seed, 4);
});

test("fine-tune steps are merged over the recipe's first; an empty list means none", () => {
  const [step] = recipes.default.fineTune;
  const spec = resolveSpec({ dataset, fineTune: [{ unfreeze: ['conv_head'] }, { epochs: 2 }] });
  assert.deepEqual(spec.fineTune, [
    { ...step, unfreeze: ['conv_head'] },
    { ...step, epochs: 2 },
  ]);
  assert.deepEqual(resolveSpec({ dataset, fineTune: [] }).fineTune, []);
});

test('a freezing plan stands for fine-tune steps; what is said of a step is laid over it', () => {
  const [step] = recipes.default.fineTune;
  assert.deepEqual(resolveSpec({ dataset, plan: 'head-only' }).fineTune, []);
  assert.deepEqual(resolveSpec({ dataset, plan: 'probe-then-fine-tune' }).fineTune, [step]);
  assert.deepEqual(resolveSpec({ dataset, plan: 'all-at-once' }).fineTune, [{ ...step, unfreeze: 'all' }]);
  const [gradual] = resolveSpec({ dataset, plan: 'gradual', fineTune: [{ epochs: 2 }] }).fineTune;
  assert.deepEqual(gradual, { ...step, unfreeze: 'half', gradual: true, epochs: 2, stageRateDecay: 1 / 2.6 });
  assert.throws(() => resolveSpec({ dataset, plan: 'head-only', fineTune: [{ epochs: 2 }] }), {
    code: 'GW_SPEC_INVALID',
    message: /fineTune\[0\]: the plan head-only has 0 fine-tune steps/,
  });
});

test("the reference recipe is the tutorial's", () => {
  const { head, fineTune, backbone, augmentation } = recipes.reference;
  assert.equal(backbone.name, 'resnet50');
  assert.equal(augmentation.views, 1);
  for (const step of [head, ...fineTune]) {
    assert.equal(step.epochs, 10);
    assert.equal(step.learningRate, 0.001);
    assert.equal(step.keepBest, false);
    assert.deepEqual(step.optimizer, { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 });
  }
});

test('who wants the whole picture does not get the size of a recipe that cuts its edge off', () => {
  const preprocess = (fit?: 'crop' | 'pad' | 'squash', resize?: number) =>
    resolveSpec({
      dataset,
      recipe: 'reference',
      preprocess: { ...(fit === undefined ? {} : { fit }), ...(resize === undefined ? {} : { resize }) },
    }).preprocess;
  assert.deepEqual(preprocess(), { resize: 256, crop: 224, interpolation: 'bilinear' });
  assert.deepEqual(preprocess('crop'), { resize: 256, crop: 224, interpolation: 'bilinear', fit: 'crop' });
  for (const fit of ['pad', 'squash'] as const) {
    assert.deepEqual(preprocess(fit), { crop: 224, interpolation: 'bilinear', fit });
    assert.equal(preprocess(fit, 240).resize, 240);
  }
});

test('every mistake is named by its path', () => {
  const table: [object, RegExp][] = [
    [{}, /dataset\.uri: missing/],
    [{ dataset: { uri: '/home/me/photos' } }, /dataset\.uri: use s3:/],
    [{ dataset, head: { epochs: 0 } }, /head\.epochs: expected more than 0, found 0/],
    [{ dataset, fineTune: [{}, { learningRate: 'fast' }] }, /fineTune\[1\]\.learningRate: expected auto, or a number/],
    [{ dataset, had: { epochs: 1 } }, /there is no field had/],
    [{ dataset, head: { epoch: 1 } }, /head: there is no field epoch/],
    [{ dataset, augmentation: { cropScale: [1, 0.5] } }, /augmentation\.cropScale: the least comes first/],
    [{ dataset, preprocess: { fit: 'stretch' } }, /preprocess\.fit/],
    [{ dataset, preprocess: { resize: 100, crop: 200 } }, /preprocess\.crop: 200 is more than preprocess\.resize, 100/],
    [{ dataset, recipe: 'best' }, /recipe: expected one of default, reference, found "best"/],
    [{ dataset, plan: 'gradually' }, /plan: expected one of head-only, /],
    [{ dataset, head: { learningRate: 0 } }, /head\.learningRate: .*more than 0/],
    [{ dataset, fineTune: [{ learningRate: -1 }] }, /fineTune\[0\]\.learningRate: .*more than 0/],
    [{ dataset, head: { learningRate: 'fast' } }, /head\.learningRate: .*auto/],
    [{ dataset, fineTune: [{ dropPath: 1 }] }, /fineTune\[0\]\.dropPath: .*less than 1/],
    [{ dataset, fineTune: [{ layerDecay: 0 }] }, /fineTune\[0\]\.layerDecay: .*more than 0/],
    [{ dataset, fineTune: [{ clipNorm: -1 }] }, /fineTune\[0\]\.clipNorm: .*more than 0/],
  ];
  for (const [spec, message] of table) {
    assert.throws(
      () => resolveSpec(spec),
      (error) => {
        assert.ok(error instanceof GraftworkError, String(error));
        assert.equal(error.code, 'GW_SPEC_INVALID');
        assert.match(error.message, message);
        assert.equal(error.exitCode, 2);
        assert.ok(error.remedy);
        return true;
      },
    );
  }
});

test('a backbone or an optimizer may be given in part; the recipe fills in the rest', () => {
  const dataset = { uri: 's3://bucket/photos' };
  const spec = resolveSpec({
    recipe: 'reference',
    dataset,
    backbone: { weights: 's3://bucket/resnet50.safetensors' },
    head: { optimizer: { momentum: 0.5 } },
  });
  assert.deepEqual(spec.backbone, { name: 'resnet50', weights: 's3://bucket/resnet50.safetensors' });
  assert.deepEqual(spec.head.optimizer, { kind: 'sgd', momentum: 0.5, nesterov: false, weightDecay: 0 });
  assert.throws(() => resolveSpec({ recipe: 'reference', dataset, head: { optimizer: { beta1: 0.5 } } }), {
    code: 'GW_SPEC_INVALID',
  });
});

test('what is done about uneven classes stands in the stages, and nothing where nothing is done', () => {
  const uneven = resolveSpec({ dataset, imbalance: 'class-weights', head: { imbalance: 'focal' } });
  assert.deepEqual(
    [uneven.head.imbalance, uneven.fineTune.map(({ imbalance }) => imbalance)],
    ['focal', ['class-weights']],
  );
  assert.equal('imbalance' in uneven, false);
  assert.equal(resolveSpec({ dataset, imbalance: 'auto' }).imbalance, 'auto');
  assert.deepEqual(resolveSpec({ dataset, imbalance: 'plain' }), resolveSpec({ dataset }));
});

test('a task that is said is the data set’s, and refuses what it has no use for, each by its field and with what to do', () => {
  const spec = resolveSpec({ dataset, task: 'multi-label', head: { loss: 'asymmetric' } });
  assert.deepEqual([spec.dataset.task, spec.head.loss], ['multi-label', 'asymmetric']);
  assert.deepEqual(resolveSpec(spec), spec);
  assert.equal('task' in resolveSpec({ dataset }).dataset, false);
  const refused: [UserSpec, RegExp][] = [
    [{ imbalance: 'class-weights' }, /fineTune\[0\]\.imbalance: .*a question of its own.*loss: asymmetric/],
    [{ dataset: { ...dataset, task: 'single-label' } }, /task: multi-label, but dataset\.task is single-label/],
  ];
  for (const [change, message] of refused) {
    assert.throws(() => resolveSpec({ dataset, task: 'multi-label', ...change }), { code: 'GW_SPEC_INVALID', message });
  }
  for (const choosing of [
    { imbalance: 'auto' },
    { backbone: 'auto' },
    { budget: '10m' },
    { augmentation: { policy: 'auto' } },
    { evaluation: { fineTuneFolds: 5 } },
  ] as const) {
    assert.equal(resolveSpec({ dataset, task: 'multi-label', ...choosing }).dataset.task, 'multi-label');
  }
  assert.throws(() => resolveSpec({ dataset, task: 'single-label', head: { loss: 'asymmetric' } }), {
    code: 'GW_SPEC_INVALID',
    message: /head\.loss: only a multi-label task/,
  });
});

test('a step with adapters has them in every stage and learns at their rate, unless the spec says otherwise', () => {
  const [step] = recipes.default.fineTune;
  const stepOf = (user: Omit<UserSpec, 'dataset'>) => resolveSpec({ dataset, ...user }).fineTune[0];
  const adapter = { kind: 'lora' as const };
  const whole = { kind: 'lora', rank: 8, alpha: 16 };
  assert.deepEqual(stepOf({ fineTune: [{ adapter }] }), {
    ...step,
    unfreeze: 'all',
    learningRate: 5e-4,
    adapter: whole,
  });
  assert.deepEqual(stepOf({ fineTune: [{ adapter: { ...adapter, rank: 4 }, unfreeze: 'last', learningRate: 1e-3 }] }), {
    ...step,
    ...{ unfreeze: 'last', learningRate: 1e-3, adapter: { ...whole, rank: 4 } },
  });
  const gradual = stepOf({ plan: 'gradual', fineTune: [{ adapter }] });
  assert.deepEqual([gradual?.unfreeze, gradual?.learningRate], ['half', 5e-4]);
  assert.equal(stepOf({ recipe: 'reference', fineTune: [{ adapter }] })?.learningRate, 1e-3, 'by SGD');
  assert.throws(() => resolveSpec({ dataset, fineTune: [{ adapter: { ...adapter, rank: 0 } }] }), {
    message: /fineTune\[0\]\.adapter\.rank: expected more than 0, found 0/,
  });
});
