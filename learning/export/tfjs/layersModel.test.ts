import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  modelForTests,
  modelWithMeans,
  picturesForTests,
  predictedLogits,
  predictedUnlikeness,
} from '../../../test/exports/modelForTests.js';
import { pooledLinear } from '../../backbones/backbone.js';
import type { Transformer } from '../../backbones/networks/vit/transformer.js';
import { croppedInput, visionTransformer } from '../../backbones/networks/vit/visionTransformer.js';
import { FoldedNetwork, getBackbone, type Activation, type Backbone } from '../../backbones/index.js';
import { tf } from '../../tensorflow.js';
import { formulaParameters } from '../../weights/index.js';
import { ExportedNetwork } from '../exportedNetwork.js';
import { faultOfLayersModel } from './checkLayersModel.js';
import { layersModel, type LayersModelFiles } from './layersModel.js';

const described = { name: 'insects', generatedBy: 'graftwork', metadata: {} };

/** The model as a reader of TensorFlow.js gets it, run on the native backend. */
async function outputsOf(
  { json, shards }: LayersModelFiles,
  pictures: Float32Array,
  size: number,
): Promise<Float32Array[]> {
  const weightSpecs = json.weightsManifest[0].weights.map((weight) => ({ ...weight, shape: [...weight.shape] }));
  const weightData = Uint8Array.from(Buffer.concat(shards.map(({ bytes }) => bytes))).buffer;
  const model = await tf.loadLayersModel({
    load: async () => ({ modelTopology: json.modelTopology, weightSpecs, weightData }),
  });
  const outputs = tf.tidy(() => {
    const x = tf.tensor4d(pictures, [pictures.length / (size * size * 3), size, size, 3]);
    return [model.predict(x)].flat().map((output) => output.dataSync<'float32'>().slice());
  });
  model.dispose();
  return outputs;
}

async function logitsOf(files: LayersModelFiles, pictures: Float32Array, size: number): Promise<Float32Array> {
  const [logits, ...others] = await outputsOf(files, pictures, size);
  assert.equal(others.length, 0);
  return logits!;
}

function assertNear(actual: Float32Array, expected: Float32Array, name: string): void {
  assert.equal(actual.length, expected.length, name);
  const scale = Math.max(...expected.map(Math.abs));
  assert.ok(scale > 0.01, `${name}: the logits say nothing`);
  const worst = Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
  assert.ok(worst < 1e-5 * scale, `${name}: ${worst} apart, of ${scale}`);
}

// Odd sizes, where roundings and paddings show.
for (const [name, size] of [
  ['efficientnet_lite0', 45],
  ['mobilenet_v2', 33],
  ['mobilenetv3_small_050', 33],
  ['convnext_atto:stages.1', 35],
  ['convnextv2_atto:stages.1', 35],
  ['resnet18:layer2', 65],
  ['squeezenet1_1', 64],
  ['vgg11_bn:block3', 35],
  ['inception_v3:mixed5', 99],
] as const) {
  test(`the layers of ${name} give the logits of predict`, async () => {
    const model = modelForTests(name, size);
    const pictures = picturesForTests(3, size);
    const files = layersModel(new ExportedNetwork(getBackbone(name), model.arrays, size), described);
    assert.equal(faultOfLayersModel(files.json, new Map(files.shards.map((s) => [s.name, s.bytes.length]))), undefined);
    assertNear(await logitsOf(files, pictures, size), predictedLogits(model, pictures), name);
  });
}

test('how unlike the training pictures is a second output, as predict computes it', async () => {
  const size = 33;
  const model = modelWithMeans('mobilenet_v2', size);
  const network = new ExportedNetwork(getBackbone('mobilenet_v2'), model.arrays, size, model.classMeans);
  const files = layersModel(network, described);
  assert.equal(faultOfLayersModel(files.json, new Map(files.shards.map((s) => [s.name, s.bytes.length]))), undefined);
  const pictures = picturesForTests(3, size);
  const [logits, unlikeness] = await outputsOf(files, pictures, size);
  assertNear(logits!, predictedLogits(model, pictures), 'logits');
  assertNear(unlikeness!, predictedUnlikeness(model, pictures), 'unlikeness');
});

const transformer = (more: Partial<Transformer>): Backbone =>
  visionTransformer({
    ...{ name: 'transformer', weights: undefined, licence: 'MIT', imagenetTop1: undefined, parameterCount: undefined },
    transformer: { ...{ patch: 4, width: 8, depth: 1, heads: 2, positions: { grid: 2 } }, ...more },
    input: croppedInput(13, 1, 'half'),
  });

test('the layers of a transformer give the logits of predict', async () => {
  for (const backbone of [
    transformer({ registers: 2, layerScale: 'ls', activation: 'quick_gelu', pooling: 'token+mean' }),
    transformer({ positions: { rotary: { temperature: 100 } }, projectionBias: false, layerScale: 'gamma' }),
    transformer({ distilled: true }),
    transformer({ classToken: false, pooling: 'attention', activation: 'gelu_tanh', normalisedFirst: true }),
  ]) {
    const arrays = formulaParameters(backbone, 4);
    const pictures = picturesForTests(2, 13);
    using network = new FoldedNetwork(backbone, arrays);
    const expected = tf.tidy(() => network.logits(network.run(tf.tensor4d(pictures, [2, 13, 13, 3]))).dataSync());
    const files = layersModel(new ExportedNetwork(backbone, arrays, 13), described);
    assertNear(await logitsOf(files, pictures, 13), expected as Float32Array, backbone.name);
  }
});

/** What no small part of a published network has: layers on a flattened map, a shortcut to it, pools of signed values. */
const flattening: Backbone = {
  ...getBackbone('vgg11'),
  name: 'flattening',
  whole: getBackbone('vgg11'),
  classifierName: 'head',
  classify: (ops, x, out) => ops.linear(x, { name: 'head', out }),
  stages: [
    {
      name: 'convolutions',
      run(ops, x) {
        const y = ops.conv(x, { name: 'a', out: 5, kernel: [3, 1], padding: [1, 0], stride: 2, bias: true });
        const pooled = ops.maxPool(y, { size: 3, stride: 1, padding: 1 });
        return ops.add(pooled, ops.averagePool(y, { size: 3, stride: 1, padding: 1 }), 'relu');
      },
    },
    {
      name: 'gated',
      run(ops, x) {
        const gate = (name: string, activation: Activation) =>
          ops.conv(ops.globalAveragePool(x), { name, out: 5, kernel: 1, bias: true, activation });
        const y = ops.conv(x, { name: 'b', out: 5, kernel: 1, bias: true, activation: 'silu' });
        const z = ops.conv(x, { name: 'c', out: 5, kernel: 1, bias: true, activation: 'hard_swish' });
        return ops.add(ops.scaleChannels(y, gate('d', 'sigmoid')), ops.scaleChannels(z, gate('e', 'hard_sigmoid')));
      },
    },
    { name: 'hidden', run: (ops, x) => ops.linear(x, { name: 'hidden', out: 7, activation: 'relu' }) },
  ],
};

test('a flattened map keeps the order in which its layer was trained', async () => {
  const backbone = { ...flattening, input: { ...flattening.input, size: 9 } };
  const arrays = formulaParameters(backbone, 4);
  const pictures = picturesForTests(2, 9);
  using network = new FoldedNetwork(backbone, arrays);
  const expected = tf.tidy(() =>
    network.logits(network.run(tf.tensor4d(pictures, [2, 9, 9, 3]))).dataSync<'float32'>(),
  );
  const files = layersModel(new ExportedNetwork(backbone, arrays, 9), described);
  assertNear(await logitsOf(files, pictures, 9), Float32Array.from(expected), 'flattening');
});

test('what no layer computes is refused, not approximated', () => {
  const make = (backbone: Backbone, size: number) =>
    layersModel(new ExportedNetwork(backbone, formulaParameters(backbone, 4), size), described);
  const googlenet = getBackbone('googlenet:conv3');
  assert.throws(() => make(googlenet, 64), { code: 'GW_EXPORT_UNSUPPORTED', message: /googlenet:conv3.*no layer for/ });
  const signed: Backbone = {
    ...flattening,
    classify: pooledLinear('head'),
    input: { ...flattening.input, size: 8 },
    stages: [
      {
        name: 'a',
        run: (ops, x) =>
          ops.maxPool(ops.conv(x, { name: 'a', out: 2, kernel: 1, bias: true }), { size: 3, stride: 2, padding: 1 }),
      },
    ],
  };
  assert.throws(() => make(signed, 8), { code: 'GW_EXPORT_UNSUPPORTED', message: /may be negative/ });
});

test('weights beyond one file go on in the next; a file that is short is noticed', () => {
  const model = modelForTests('efficientnet_lite0', 32);
  const { json, shards } = layersModel(
    new ExportedNetwork(getBackbone('efficientnet_lite0'), model.arrays, 32),
    described,
  );
  assert.ok(shards.length > 2);
  assert.ok(shards.slice(0, -1).every(({ bytes }) => bytes.length === 4 * 2 ** 20));
  const sizes = new Map(shards.map(({ name, bytes }) => [name, bytes.length]));
  sizes.set(shards[1]!.name, 4 * 2 ** 20 - 4);
  assert.match(faultOfLayersModel(json, sizes) ?? '', /bytes of weights, not/);
});
