import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  modelForTests,
  modelWithMeans,
  picturesForTests,
  predictedUnlikeness,
} from '../../../test/exports/modelForTests.js';
import { runOnnx } from '../../../test/exports/runOnnx.js';
import { croppedInput, visionTransformer } from '../../backbones/networks/vit/visionTransformer.js';
import { FoldedNetwork, getBackbone, type Activation, type Backbone } from '../../backbones/index.js';
import { tf } from '../../tensorflow.js';
import { formulaParameters } from '../../weights/index.js';
import { ExportedNetwork } from '../exportedNetwork.js';
import { faultOfOnnx } from './checkOnnx.js';
import { onnxFormat } from './onnxFormat.js';
import { onnxModel, operatorSet } from './onnxModel.js';
import { decodeOnnx, encodeOnnx, type OnnxModel } from './schema.js';

let bytes: Uint8Array;

before(() => {
  const { arrays } = modelForTests('squeezenet1_1', 64);
  const network = new ExportedNetwork(getBackbone('squeezenet1_1'), arrays, 64);
  bytes = onnxModel(network, { producerVersion: '1', name: 'insects', metadata: { labels: '["ant"]' } });
});

test('any number of pictures goes in, logits come out, and what the file says of itself is kept', () => {
  const { graph, opset_import, metadata_props } = decodeOnnx(bytes);
  assert.deepEqual(graph.input.map(shapeOf), [['pixels', 'batch', 3, 64, 64]]);
  assert.deepEqual(graph.output.map(shapeOf), [['logits', 'batch', 5]]);
  assert.deepEqual(
    opset_import.map(({ version }) => version),
    [operatorSet],
  );
  assert.deepEqual(metadata_props, [{ key: 'labels', value: '["ant"]' }]);
});

function shapeOf({ name, type }: OnnxModel['graph']['input'][number]): (string | number)[] {
  return [name, ...type.tensor_type.shape.dim.map((one) => ('dim_param' in one ? one.dim_param : one.dim_value))];
}

test('how unlike the training pictures is a second output, as predict computes it; the README asks for it', () => {
  const size = 64;
  const model = modelWithMeans('squeezenet1_1', size);
  const network = new ExportedNetwork(getBackbone('squeezenet1_1'), model.arrays, size, model.classMeans);
  const { files } = onnxFormat.files({ card: model.card, network, registered: model.parameters, version: '1' });
  const decoded = decodeOnnx(Buffer.concat(files[0]!.pieces));
  assert.deepEqual(decoded.graph.output.map(shapeOf), [
    ['logits', 'batch', 5],
    ['unlikeness', 'batch'],
  ]);
  assert.equal(decoded.metadata_props.find(({ key }) => key === 'unlikenessLimit')?.value, '4');
  const pictures = picturesForTests(3, size);
  const actual = tf.tidy(() => {
    const pixels = tf.transpose(tf.tensor4d(pictures, [3, size, size, 3]), [0, 3, 1, 2]);
    return runOnnx(decoded, pixels, 'unlikeness').dataSync<'float32'>().slice();
  });
  const expected = predictedUnlikeness(model, pictures);
  assert.equal(actual.length, 3);
  for (const [index, value] of expected.entries()) assert.ok(Math.abs(value - actual[index]!) < 1e-5);
  const { input } = model.card;
  const lines = (isUnlikeKnown: boolean) =>
    onnxFormat.usage(network.backbone, input, { classes: 5, isUnlikeKnown, isMultiLabel: false }).code;
  assert.match(lines(true), /"unlikeness"/);
  assert.doesNotMatch(lines(false), /unlike/);
});

test('a file that is whole has no fault; one that is not is recognised', () => {
  assert.equal(faultOfOnnx(bytes), undefined);
  assert.match(faultOfOnnx(bytes.subarray(0, bytes.length - 1000)) ?? '', /does not decode|is never computed|needs/);
  const changed = (change: (graph: OnnxModel['graph']) => void): string => {
    const model = decodeOnnx(bytes);
    change(model.graph);
    return faultOfOnnx(encodeOnnx(model)) ?? '';
  };
  assert.match(
    changed(({ node }) => node.splice(3, 1)),
    /which nothing before it makes/,
  );
  assert.match(
    changed(({ node }) => node.pop()),
    /'logits' is never computed/,
  );
  assert.match(
    changed(({ node }) => node.push(node[2]!)),
    /made twice/,
  );
  assert.match(
    changed(({ initializer }) => (initializer[0]!.raw_data = new Uint8Array(8))),
    /'features\.0\.weight' has 8 bytes, not/,
  );
});

/** Operations where they can go wrong: unequal margins, windows that round up, a flattened map. */
const everything: Backbone = {
  ...getBackbone('vgg11'),
  name: 'everything',
  whole: getBackbone('vgg11'),
  classifierName: 'head',
  classify: (ops, x, out) => ops.linear(x, { name: 'head', out }),
  input: { ...getBackbone('vgg11').input, size: 19 },
  stages: [
    {
      name: 'map',
      run(ops, x) {
        const y = ops.conv(ops.reverseChannels(x), {
          ...{ name: 'a', out: 6, kernel: [3, 1], padding: [1, 0], stride: 2, bias: true },
          batchNorm: { name: 'bn', epsilon: 1e-3 },
        });
        const same = { kernel: 3, stride: 2, padding: 'same', bias: true } as const;
        const deep = ops.conv(y, { ...same, name: 'b', out: 6, depthwise: true, activation: 'relu6' });
        const wide = ops.conv(y, { ...same, name: 'c', out: 6 });
        const both = ops.concat([
          ops.add(deep, wide, 'relu'),
          ops.averagePool(deep, { size: 3, stride: 1, padding: 1 }),
        ]);
        return ops.maxPool(ops.localResponseNorm(both, { size: 5, alpha: 0.5, beta: 0.75, k: 2 }), {
          ...{ size: 2, stride: 2, ceil: true },
        });
      },
    },
    {
      name: 'gated',
      run(ops, x) {
        const gate = (name: string, activation: Activation) =>
          ops.conv(ops.globalAveragePool(x), { name, out: 12, kernel: 1, bias: true, activation });
        return ops.scaleChannels(
          ops.responseNorm(
            ops.activate(ops.scaleChannels(ops.activate(x, 'silu'), gate('d', 'sigmoid')), 'hard_swish'),
            { name: 'grn', epsilon: 1e-6 },
          ),
          gate('e', 'hard_sigmoid'),
        );
      },
    },
    {
      name: 'tokens',
      run(ops, x) {
        const normal = ops.layerNorm(x, { name: 'f', epsilon: 1e-3 });
        const placed = ops.addPositions(ops.tokens(normal), { name: 'positions', grid: 3, leading: 0 });
        const t = ops.prepend(placed, { name: 'class', tokens: 1, channels: 12 });
        const projected = ops.dense(t, { name: 'g', out: 24, activation: 'gelu' });
        const [q, k, v] = ops.heads(projected, { parts: 3, heads: 2 });
        const turn = { leading: 1, temperature: 10 };
        const attended = ops.attention(ops.rotate(q!, turn), ops.rotate(k!, turn), v!);
        const y = ops.add(t, ops.dense(attended, { name: 'i', out: 12, scale: 'scale', activation: 'gelu_tanh' }));
        const latent = ops.learned({ name: 'latent', tokens: 1, channels: 12 });
        const [query] = ops.heads(latent, { parts: 1, heads: 3 });
        const [keys, values] = ops.heads(ops.dense(y, { name: 'j', out: 24 }), { parts: 2, heads: 3 });
        const mean = ops.globalAveragePool(ops.take(y, { from: 1 }));
        const seen = ops.attention(query!, keys!, values!);
        return ops.concat([ops.activate(seen, 'quick_gelu'), mean, ops.take(y, { from: 0, to: 1 })]);
      },
    },
    { name: 'hidden', run: (ops, x) => ops.linear(x, { name: 'hidden', out: 7, activation: 'relu' }) },
  ],
};

test('both heads of a transformer that learned from a teacher are in the graph', () => {
  const taught = visionTransformer({
    ...{ name: 'taught', weights: undefined, licence: 'MIT', imagenetTop1: undefined, parameterCount: undefined },
    transformer: { patch: 4, width: 8, depth: 1, heads: 2, positions: { grid: 2 }, distilled: true },
    input: croppedInput(8, 1, 'half'),
  });
  const arrays = formulaParameters(taught, 4);
  using network = new FoldedNetwork(taught, arrays);
  const description = { producerVersion: '1', name: 'taught', metadata: {} };
  const model = decodeOnnx(onnxModel(new ExportedNetwork(taught, arrays, 8), description));
  tf.tidy(() => {
    const pictures = tf.tensor4d(picturesForTests(2, 8), [2, 8, 8, 3]);
    const expected = network.logits(network.run(pictures)).dataSync<'float32'>();
    const actual = runOnnx(model, tf.transpose(pictures, [0, 3, 1, 2])).dataSync<'float32'>();
    assert.equal(actual.length, 8);
    for (const [index, value] of expected.entries()) assert.ok(Math.abs(value - actual[index]!) < 1e-5);
  });
});

test('the graph, read as ONNX has it, gives the logits of predict, and of a multi-label model its probabilities', () => {
  const { size } = everything.input;
  const arrays = formulaParameters(everything, 4);
  using network = new FoldedNetwork(everything, arrays);
  const description = { producerVersion: '1', name: 'everything', metadata: {}, isMultiLabel: true };
  const model = decodeOnnx(onnxModel(new ExportedNetwork(everything, arrays, size), description));
  tf.tidy(() => {
    const pictures = tf.tensor4d(picturesForTests(2, size), [2, size, size, 3]);
    const expected = network.logits(network.run(pictures)).dataSync<'float32'>();
    const actual = runOnnx(model, tf.transpose(pictures, [0, 3, 1, 2])).dataSync<'float32'>();
    const scale = Math.max(...expected.map(Math.abs));
    assert.ok(scale > 0.01 && actual.length === 8);
    for (const [index, value] of expected.entries()) assert.ok(Math.abs(value - actual[index]!) < 1e-5 * scale);
    const probabilities = runOnnx(model, tf.transpose(pictures, [0, 3, 1, 2]), 'probabilities').dataSync<'float32'>();
    for (const [index, value] of expected.entries()) {
      assert.ok(Math.abs(1 / (1 + Math.exp(-value)) - probabilities[index]!) < 1e-5);
    }
  });
});
