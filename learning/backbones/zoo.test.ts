import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { families } from '../../test/fixtures/families.js';
import { tf, type Tensor4D } from '../tensorflow.js';
import {
  activationShape,
  backboneNames,
  declareParameters,
  denseStages,
  featureParameters,
  FoldedNetwork,
  getBackbone,
  stageIndex,
} from './index.js';

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Parameters without batch normalisation's statistics, as frameworks count them. */
function trainableCount(name: string): number {
  return declareParameters(getBackbone(name), 1000, 'own')
    .filter(({ kind }) => !kind.startsWith('bn.running'))
    .reduce((sum, { shape }) => sum + count(shape), 0);
}

test('parameter counts are those that are published', () => {
  for (const name of backboneNames()) {
    const { parameterCount } = getBackbone(name);
    if (parameterCount !== undefined) assert.equal(trainableCount(name), parameterCount, name);
  }
});

test('every backbone ends in the feature map it announces, and its stages exist', () => {
  for (const name of backboneNames()) {
    const backbone = getBackbone(name);
    const last = backbone.stages.at(-1)!.name;
    assert.equal(activationShape(backbone, last).c, backbone.featureSize, name);
    const { defaultUnfreeze, lastStage, reference } = backbone;
    for (const stage of [...defaultUnfreeze, lastStage, ...Object.values(reference.taps)]) {
      assert.ok(stageIndex(backbone, stage) >= 0);
    }
    const names = declareParameters(backbone).map((spec) => spec.name);
    assert.equal(new Set(names).size, names.length, `${name} declares a parameter twice`);
    assert.ok(names.includes(`${backbone.classifierName}.weight`));
    assert.ok(featureParameters(backbone).length < names.length);
  }
});

test('activation shapes follow the input size', () => {
  assert.deepEqual(activationShape(getBackbone('resnet50'), 'layer3'), { h: 14, w: 14, c: 1024 });
  assert.deepEqual(activationShape(getBackbone('efficientnet_lite0'), 'blocks.2'), { h: 28, w: 28, c: 40 });
  assert.deepEqual(activationShape(getBackbone('efficientnet_lite2'), 'blocks.2'), { h: 33, w: 33, c: 48 });
  assert.deepEqual(activationShape(getBackbone('resnet18'), 'layer4', 65), { h: 3, w: 3, c: 512 });
});

/** With the operations that not every member of a family has. */
const different = ['resnet50', 'tf_mobilenet_v2', 'mobilenet_v2_expand_first', 'tf_efficientnetv2_b0'];

test('every stage of every family gives the shape that was inferred without running it', () => {
  // Odd, so that paddings and rounding show; what Inception takes at least.
  const size = 77;
  for (const name of [...families, ...different]) {
    const backbone = getBackbone(name);
    // Transformers are the same operations in more blocks and channels.
    if (backbone.family === 'vit' && !families.includes(name)) continue;
    const parameters = featureParameters(backbone);
    // VGG's dense stage takes maps of its own size only.
    const dense = denseStages(backbone);
    const stages = backbone.stages.filter((stage) => !dense.has(stage.name));
    const zeros = parameters
      .filter(({ stage }) => !dense.has(stage))
      .map(({ name, shape }) => [name, { shape, data: new Float32Array(count(shape)) }] as const);
    using network = new FoldedNetwork(backbone, new Map(zeros), { to: stages.length });
    let x: Tensor4D = tf.zeros([1, size, size, 3]);
    for (const [from, stage] of stages.entries()) {
      const next = network.run(x, { from, to: from + 1 });
      x.dispose();
      x = next;
      const { h, w, c } = activationShape(backbone, stage.name, size);
      assert.deepEqual(x.shape, [1, h, w, c], `${name} ${stage.name}`);
    }
    x.dispose();
  }
});

test('a mistyped backbone or stage is answered with the nearest names', () => {
  const isHelpful = (code: string, hint: string) => (error: unknown) =>
    error instanceof GraftworkError && error.code === code && error.exitCode === 2 && error.remedy!.includes(hint);
  assert.throws(() => getBackbone('resnet5'), isHelpful('GW_BACKBONE_UNKNOWN', "'resnet50'"));
  assert.throws(() => getBackbone('birds@99'), isHelpful('GW_BACKBONE_UNKNOWN', 'model:birds@99'));
  assert.throws(() => stageIndex(getBackbone('resnet18'), 'layer_4'), isHelpful('GW_STAGE_UNKNOWN', "'layer4'"));
});
