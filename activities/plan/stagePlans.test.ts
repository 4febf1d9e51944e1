import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes, resolveSpec } from '../../contracts/spec/recipes.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import type { FineTuneSpec } from '../../contracts/spec/stages/stageSpec.js';
import { backboneNames, getBackbone } from '../../learning/backbones/index.js';
import { commonCut, planStages } from './stagePlans.js';

const dataset = { uri: 's3://bucket/photos' };

/** What trains in each fine-tune step, and the cut of all of them. */
function planned(name: string, user: Omit<UserSpec, 'dataset'>): { trainable: string[][]; cut: string | null } {
  const spec = resolveSpec({ dataset, ...user });
  const backbone = getBackbone(name);
  const stages = planStages(backbone, spec.head, spec.fineTune, { images: 400 });
  return {
    trainable: stages.flatMap((stage) => (stage.kind === 'fineTune' ? [stage.trainable] : [])),
    cut: commonCut(backbone, stages),
  };
}

test('gradual unfreezing goes from the top down, a stage more in each step', () => {
  assert.deepEqual(planned('resnet50', { plan: 'gradual' }), {
    trainable: [['layer4'], ['layer3', 'layer4']],
    cut: 'layer2',
  });
  assert.deepEqual(planned('efficientnet_lite0', { plan: 'gradual', fineTune: [{ unfreeze: 'blocks.5' }] }), {
    trainable: [['conv_head'], ['blocks.6', 'conv_head'], ['blocks.5', 'blocks.6', 'conv_head']],
    cut: 'blocks.4',
  });
});

test('every plan fits every backbone', () => {
  for (const name of backboneNames()) {
    for (const plan of ['head-only', 'probe-then-fine-tune', 'gradual', 'all-at-once'] as const) {
      const { trainable, cut } = planned(name, { plan });
      assert.equal(cut === null, plan === 'head-only', `${name} ${plan}`);
      assert.ok(trainable.length <= 8);
    }
  }
});

test('a plan without patterns has nothing new in it, so that its content keys stay', () => {
  const backbone = getBackbone('efficientnet_lite0');
  const { head, fineTune } = recipes.default;
  assert.deepEqual(planStages(backbone, head, fineTune, { images: 400 }), [
    { kind: 'head', name: 'head', training: head },
    {
      kind: 'fineTune',
      name: 'fine-tune-1',
      training: { ...fineTune[0], epochs: 10 },
      trainable: ['blocks.3', 'blocks.4', 'blocks.5', 'blocks.6', 'conv_head'],
      cut: 'blocks.2',
    },
  ]);
});

test('a family’s own tuning holds where the spec says nothing, except in the reference recipe', () => {
  const { head, fineTune } = recipes.default;
  const [step] = fineTune;
  assert.ok(step);
  const tuned = (name: string, change: Partial<FineTuneSpec> = {}, recipe: 'default' | 'reference' = 'default') => {
    const [, stage] = planStages(getBackbone(name), head, [{ ...step, ...change }], { images: 400, recipe });
    assert.ok(stage?.kind === 'fineTune');
    const { layerDecay, dropPath, clipNorm } = stage.training;
    return [layerDecay, dropPath, clipNorm];
  };
  assert.deepEqual(tuned('vit_small_patch14_dinov2'), [0.9, 0.05, 3]);
  assert.deepEqual(tuned('vit_small_patch14_dinov2:token+mean'), [0.9, 0.05, 3]);
  assert.deepEqual(tuned('vit_small_patch14_dinov2', { layerDecay: 1, clipNorm: null }), [1, 0.05, null]);
  assert.deepEqual(tuned('vit_base_patch16_224', {}, 'reference'), [undefined, undefined, undefined]);
  assert.deepEqual(tuned('vgg16'), [undefined, undefined, undefined]);
  assert.deepEqual(tuned('resnet50', { dropPath: 0.1 }), [undefined, 0.1, undefined]);
  assert.throws(() => tuned('vgg16', { dropPath: 0.1 }), {
    code: 'GW_SPEC_INVALID',
    message: /^fineTune\[0\]\.dropPath: vgg16 has no residual blocks/,
  });
});

test('only networks of newer families are tuned in their own way, so that the content keys of others stay', () => {
  const tuned = backboneNames().filter((name) => getBackbone(name).tuning !== undefined);
  assert.deepEqual(new Set(tuned.map((name) => getBackbone(name).family)), new Set(['vit', 'convnext', 'convnextv2']));
});

test('adapters train in the stages that have them, and nothing below is computed again', () => {
  const spec = resolveSpec({ dataset, fineTune: [{ adapter: { kind: 'lora', targets: ['fc1'] } }] });
  const backbone = getBackbone('vit_tiny_patch16_224');
  const [, step] = planStages(backbone, spec.head, spec.fineTune, { images: 400 });
  assert.ok(step?.kind === 'fineTune' && step.parameters === undefined);
  assert.deepEqual(step.training.adapter, { kind: 'lora', rank: 8, alpha: 16, targets: ['fc1'] });
  assert.deepEqual(step.adapted?.length, 12);
  assert.deepEqual([step.trainable[0], step.trainable.at(-1), step.cut], ['blocks.0', 'blocks.11', 'tokens']);
  const gradual = planned('convnext_tiny', { plan: 'gradual', fineTune: [{ adapter: { kind: 'lora' } }] });
  assert.deepEqual(gradual.trainable, [['stages.3'], ['stages.2', 'stages.3']]);
  assert.throws(() => planned('resnet18', { fineTune: [{ adapter: { kind: 'lora' } }] }), {
    ...{ code: 'GW_SPEC_INVALID', message: /resnet18 has no linear layers/, exitCode: 2 },
  });
});

test('what trains once more is tried first, unless the spec says how long it trains', () => {
  const backbone = getBackbone('efficientnet_lite0');
  const { head, fineTune } = recipes.default;
  const [step] = fineTune;
  assert.ok(step);
  const epochsOf = (epochs: FineTuneSpec['epochs']): [number, number | undefined][] => {
    const stages = planStages(backbone, head, [{ ...step, epochs }], { images: 200, refitImages: 250 });
    return stages.flatMap((stage) => (stage.kind === 'fineTune' ? [[stage.training.epochs, stage.refitEpochs]] : []));
  };
  assert.deepEqual(epochsOf('auto'), [[7, 17]]);
  assert.deepEqual(epochsOf(12), [[12, undefined]]);
});

test('folds decide with a validation split of fewer than 20 pictures', () => {
  const backbone = getBackbone('efficientnet_lite0');
  const { head, fineTune } = recipes.default;
  const foldsWith = (refitImages?: number) =>
    planStages(backbone, head, fineTune, { images: 80, refitImages }).map((stage) =>
      stage.kind === 'fineTune' ? stage.folds : undefined,
    );
  assert.deepEqual(foldsWith(99), [undefined, 3]);
  assert.deepEqual(
    [foldsWith(100), foldsWith()],
    [
      [undefined, undefined],
      [undefined, undefined],
    ],
  );
});

test('a bad plan is refused before anything runs', () => {
  const backbone = getBackbone('resnet50');
  const [step] = recipes.default.fineTune;
  const planOf = (...steps: Partial<FineTuneSpec>[]) =>
    planStages(
      backbone,
      recipes.default.head,
      steps.map((change) => ({ ...(step as FineTuneSpec), ...change })),
      { images: 400 },
    );
  assert.throws(() => planOf({ unfreeze: 'layer9' }), { code: 'GW_STAGE_UNKNOWN', remedy: /'layer\d'/ });
  assert.throws(() => planOf({ unfreeze: ['layer4', 'layer4.7.*'] }), { code: 'GW_STAGE_UNKNOWN', remedy: /layer4/ });
  assert.throws(() => planOf({ unfreeze: '*.running_var' }), { code: 'GW_SPEC_INVALID' });
  const gradual = { unfreeze: 'all', gradual: true } as const;
  assert.throws(() => planOf(gradual, gradual, gradual), { code: 'GW_SPEC_INVALID', message: /12 steps; at most 8/ });
  assert.throws(() => commonCut(backbone, planOf({ unfreeze: 'bn1' })), { code: 'GW_SPEC_INVALID' });
});
