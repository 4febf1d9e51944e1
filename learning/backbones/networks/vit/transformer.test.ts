import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf, type Rank, type Tensor, type Tensor2D } from '../../../tensorflow.js';
import { formulaParameters } from '../../../weights/formula.js';
import type { Backbone } from '../../backbone.js';
import { examplesAtOnce } from '../../execution/examplesAtOnce.js';
import { activationShape, featureParameters, FoldedNetwork, getBackbone, runStages, toTensors } from '../../index.js';
import { pooledAs, scoredNames } from '../../pooledAs.js';
import { truncated } from '../../truncated.js';
import type { Transformer } from './transformer.js';
import { croppedInput, visionTransformer } from './visionTransformer.js';

const plain: Transformer = { patch: 4, width: 16, depth: 2, heads: 2, positions: { grid: 3 } };

/** What sets the families apart. */
const kinds: Readonly<Record<string, Partial<Transformer>>> = {
  plain: {},
  'with registers and LayerScale': { registers: 2, layerScale: 'ls', positions: { grid: 3, of: 'map' } },
  rotary: {
    ...{ registers: 1, layerScale: 'gamma', projectionBias: false, pooling: 'token+mean' },
    positions: { rotary: { temperature: 100 } },
  },
  'normalised first': { normalisedFirst: true, activation: 'quick_gelu', hidden: 24 },
  'pooled by attention': { classToken: false, pooling: 'attention', activation: 'gelu_tanh' },
  'with a teacher’s token': { distilled: true },
  'normalised behind the pool': { classToken: false, registers: 1, pooling: 'mean', normalisedPooled: true },
  'with biases apart': { projectionBias: 'apart' },
};

function small(kind: keyof typeof kinds): Backbone {
  return visionTransformer({
    ...{ name: 'small', transformer: { ...plain, ...kinds[kind] }, input: croppedInput(12, 1, 'half') },
    ...{ weights: undefined, licence: 'MIT', imagenetTop1: undefined, parameterCount: undefined },
  });
}

const pictures = (count: number, size: number) =>
  tf.randomUniform<Rank.R4>([count, size, size, 3], -2, 2, 'float32', 5);

function assertAlike(actual: Tensor, expected: Tensor, what: string): void {
  assert.deepEqual(actual.shape, expected.shape, what);
  const [difference = 1, largest = 0] = tf.tidy(() =>
    tf.stack([tf.max(tf.abs(tf.sub(expected, actual))), tf.max(tf.abs(expected))]).dataSync(),
  );
  assert.ok(difference <= 1e-5 * largest, `${what}: ${difference} of ${largest}`);
}

for (const kind of Object.keys(kinds)) {
  test(`a transformer, ${kind}, takes pictures of any size, and gives the same compiled and in parts`, () => {
    const backbone = small(kind);
    const parameters = formulaParameters(backbone, 2);
    using network = new FoldedNetwork(backbone, parameters);
    using compiled = new FoldedNetwork(backbone, parameters, { images: Infinity });
    using inParts = new FoldedNetwork(backbone, parameters, { mostScores: 1 });
    const ends = backbone.stages.map((_, index) => index + 1);
    for (const size of [12, 21]) {
      tf.tidy(() => {
        const x = pictures(3, size);
        const expected = network.activations(x, ends);
        for (const [other, what] of [
          [compiled, 'compiled'],
          [inParts, 'in parts'],
        ] as const) {
          for (const [at, activation] of other.activations(x, ends).entries()) {
            assertAlike(activation, expected[at] as Tensor, `${what}, stage ${at}`);
          }
        }
        for (const [at, { name }] of backbone.stages.entries()) {
          const { h, w, c } = activationShape(backbone, name, size);
          assert.deepEqual(expected[at]?.shape, [3, h, w, c], name);
        }
        const trained = runStages(backbone, toTensors(featureParameters(backbone), parameters), x);
        assertAlike(trained, expected.at(-1) as Tensor, 'differentiable');
        const features = network.pooledStages(x);
        compiled.pooledStages(x).forEach((pooled, at) => assertAlike(pooled, features[at] as Tensor, `pooled ${at}`));
      });
    }
  });
}

test('a head sees the class token, the mean of the others, or both, wherever the network ends', () => {
  const parameters = formulaParameters(small('rotary'));
  using whole = new FoldedNetwork(small('rotary'), parameters);
  using part = new FoldedNetwork(truncated(small('rotary'), 'blocks.0'), parameters);
  assert.equal(part.backbone.featureSize, 32);
  tf.tidy(() => {
    const x = pictures(2, 12);
    const [, , block] = whole.pooledStages(x);
    assertAlike(part.pooled(part.run(x)), block as Tensor, 'after a block');
    const tokens = whole.run(x, { to: 3 });
    const [first, , others] = tf.split(tokens, [1, 1, 9], 2);
    assertAlike(block as Tensor, tf.concat([tf.squeeze(first!, [1, 2]), tf.mean(others!, [1, 2])], 1), 'both');
  });
});

test('a batch is cut where attention would hold too much', () => {
  const picture = { h: 224, w: 224, c: 3 };
  assert.equal(examplesAtOnce(getBackbone('resnet18'), picture), Infinity);
  assert.equal(examplesAtOnce(getBackbone('vit_base_patch16_224'), picture), Math.floor(2 ** 28 / (4 * 12 * 197 ** 2)));
  assert.equal(examplesAtOnce(getBackbone('vit_base_patch16_224'), { h: 4480, w: 4480, c: 3 }), 1);
});

test('the other ways to pool are scored in the same pass', () => {
  for (const kind of ['plain', 'pooled by attention', 'with a teacher’s token'] as const) {
    const backbone = small(kind);
    const parameters = formulaParameters(backbone);
    using network = new FoldedNetwork(backbone, parameters);
    const names = scoredNames(backbone).slice(backbone.stages.length);
    assert.deepEqual(names, kind === 'pooled by attention' ? ['mean'] : ['mean', 'token+mean']);
    tf.tidy(() => {
      const x = pictures(2, 12);
      const found = network.pooledStages(x).slice(backbone.stages.length);
      for (const [index, name] of names.entries()) {
        using other = new FoldedNetwork(pooledAs(backbone, name as 'mean'), parameters);
        assertAlike(found[index] as Tensor, other.pooled(other.run(x)), `${kind}, ${name}`);
      }
    });
  }
});

test('a class token’s head and a teacher’s are averaged, and a new head sees the mean of both tokens', () => {
  const backbone = small('with a teacher’s token');
  const own = formulaParameters(backbone, 3);
  using network = new FoldedNetwork(backbone, own);
  const head = (name: string) => own.get(name)!;
  const one = new Map([...own].filter(([name]) => !name.startsWith('head_dist.')));
  using alone = new FoldedNetwork(backbone, one);
  const twice = new Map(own).set('head_dist.weight', head('head.weight')).set('head_dist.bias', head('head.bias'));
  using both = new FoldedNetwork(backbone, twice);
  tf.tidy(() => {
    const tokens = network.run(pictures(2, 12));
    const [first, second] = tf.split(tokens, 2, 2).map((token) => token.reshape<Tensor2D>([2, 16]));
    const answer = (token: Tensor2D | undefined, name: string): Tensor =>
      tf.add(
        tf.matMul(token!, tf.tensor2d(head(`${name}.weight`).data, [3, 16]), false, true),
        tf.tensor1d(head(`${name}.bias`).data),
      );
    const mean = tf.div(tf.add(answer(first, 'head'), answer(second, 'head_dist')), 2);
    assertAlike(network.logits(tokens), mean, 'averaged');
    assertAlike(alone.logits(tokens), both.logits(tokens), 'one head on the mean is that head twice');
  });
});

test('biases of queries and values apart are one bias with zeros for the keys', () => {
  const apart = small('with biases apart');
  const parameters = new Map(formulaParameters(apart));
  using network = new FoldedNetwork(apart, parameters);
  for (const block of [0, 1]) {
    const [q, v] = ['q_bias', 'v_bias'].map((name) => parameters.get(`blocks.${block}.attn.${name}`)!);
    const data = Float32Array.from([...q!.data, ...new Float32Array(16), ...v!.data]);
    parameters.set(`blocks.${block}.attn.qkv.bias`, { shape: [48], data });
  }
  using whole = new FoldedNetwork(small('plain'), parameters);
  tf.tidy(() => {
    const x = pictures(2, 12);
    assertAlike(network.run(x), whole.run(x), 'the same network');
  });
});
