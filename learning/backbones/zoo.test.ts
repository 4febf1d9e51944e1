import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import { tf, type Tensor4D } from '../tensorflow.js';
import {
  activationShape,
  backboneNames,
  declareParameters,
  featureParameters,
  FoldedNetwork,
  getBackbone,
  stageIndex,
} from './index.js';

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Parameters without batch normalisation's statistics, as frameworks count them. */
function trainableCount(name: string): number {
  return declareParameters(getBackbone(name))
    .filter(({ kind }) => !kind.startsWith('bn.running'))
    .reduce((sum, { shape }) => sum + count(shape), 0);
}

test('parameter counts are those torchvision and timm publish', () => {
  assert.equal(trainableCount('resnet18'), 11_689_512);
  assert.equal(trainableCount('resnet34'), 21_797_672);
  assert.equal(trainableCount('resnet50'), 25_557_032);
  assert.equal(trainableCount('resnet101'), 44_549_160);
  assert.equal(trainableCount('efficientnet_lite0'), 4_652_008);
  assert.equal(trainableCount('efficientnet_lite1'), 5_416_680);
  assert.equal(trainableCount('efficientnet_lite2'), 6_092_072);
});

test('every backbone ends in the feature map it announces, and its stages exist', () => {
  for (const name of backboneNames()) {
    const backbone = getBackbone(name);
    const last = backbone.stages.at(-1)!.name;
    assert.equal(activationShape(backbone, last).c, backbone.featureSize, name);
    for (const stage of [...backbone.defaultUnfreeze, backbone.lastStage, ...Object.values(backbone.taps)]) {
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

test('every stage of every backbone gives the shape that was inferred without running it', () => {
  // Odd, so that paddings and rounding show; what Inception takes at least.
  const size = 77;
  for (const name of backboneNames()) {
    const backbone = getBackbone(name);
    const parameters = featureParameters(backbone);
    // VGG's dense stage takes maps of its own size only.
    const dense = new Set(parameters.flatMap(({ stage, flattens }) => (flattens ? [stage] : [])));
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
  assert.throws(() => stageIndex(getBackbone('resnet18'), 'layer_4'), isHelpful('GW_STAGE_UNKNOWN', "'layer4'"));
});
