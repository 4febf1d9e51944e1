import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formulaNumbers, formulaParameters } from '../../weights/formula.js';
import { tf, type Tensor, type Tensor2D, type Tensor4D } from '../../tensorflow.js';
import type { Backbone } from '../backbone.js';
import { symmetricPadding } from '../shapes.js';
import {
  declareParameters,
  FoldedNetwork,
  getBackbone,
  isTrainable,
  runStages,
  toArrays,
  toTensors,
  type NamedArrays,
  type NamedTensors,
  type Operations,
} from '../index.js';
import type {
  Activation,
  Convolution,
  Dense,
  LayerNormalisation,
  LearnedTokens,
  Pooling,
  Positions,
  Rotation,
  ResponseNormalisation,
  TokenRange,
} from '../operations.js';
import { resampling } from '../positions.js';

/** A small network with every kind of layer. */
const tiny: Backbone = {
  ...getBackbone('resnet18'),
  name: 'tiny',
  classifierName: 'fc',
  featureSize: 6,
  stages: [
    {
      name: 'stem',
      run(ops, x) {
        const bn = (name: string) => ({ name, epsilon: 1e-3 });
        const y = ops.conv(x, {
          name: 'a',
          out: 4,
          kernel: 3,
          stride: 2,
          padding: 1,
          bias: true,
          batchNorm: bn('an'),
          activation: 'relu6',
        });
        const z = ops.conv(y, {
          name: 'b',
          out: 4,
          kernel: 3,
          padding: 'same',
          depthwise: true,
          batchNorm: bn('bn'),
          activation: 'relu6',
        });
        const w = ops.conv(z, { name: 'e', out: 4, kernel: 5, padding: 'same', depthwise: true, batchNorm: bn('en') });
        return ops.add(y, w, 'relu');
      },
    },
    {
      name: 'gated',
      run(ops, x) {
        const gate = (name: string, activation: Activation) =>
          ops.conv(ops.globalAveragePool(x), { name, out: 4, kernel: 1, bias: true, activation });
        const y = ops.conv(x, {
          name: 'p',
          out: 4,
          kernel: 1,
          batchNorm: { name: 'pn', epsilon: 1e-3 },
          activation: 'silu',
        });
        const z = ops.conv(x, { name: 'q', out: 4, kernel: 1, bias: true, activation: 'hard_swish' });
        const sum = ops.add(ops.scaleChannels(y, gate('r', 'sigmoid')), z, 'silu');
        return ops.scaleChannels(sum, gate('s', 'hard_sigmoid'));
      },
    },
    {
      name: 'tail',
      run(ops, x) {
        const y = ops.conv(x, { name: 'c', out: 4, kernel: [1, 3], padding: [0, 1], bias: true });
        const z = ops.conv(x, {
          name: 'd',
          out: 2,
          kernel: 1,
          padding: 'same',
          batchNorm: { name: 'dn', epsilon: 1e-5 },
        });
        return ops.maxPool(ops.concat([y, z]), { size: 3, stride: 2, padding: 1 });
      },
    },
    {
      name: 'mixing',
      run(ops, x) {
        const y = ops.layerNorm(x, { name: 'f', epsilon: 1e-3 });
        const z = ops.dense(y, { name: 'g', out: 8, activation: 'gelu' });
        const w = ops.conv(z, {
          name: 'h',
          out: 8,
          kernel: 3,
          padding: 1,
          depthwise: true,
          scale: 'hs',
          activation: 'quick_gelu',
        });
        return ops.add(
          x,
          ops.dense(ops.responseNorm(w, { name: 'grn', epsilon: 1e-6 }), {
            name: 'i',
            out: 6,
            bias: false,
            scale: 'i.gamma',
          }),
          'gelu_tanh',
        );
      },
    },
    {
      name: 'sequence',
      run(ops, x) {
        const placed = ops.addPositions(ops.tokens(x), { name: 'pos', grid: 2, leading: 0 });
        const t = ops.prepend(placed, { name: 'cls', tokens: 1, channels: 6 });
        const [q, k, v] = ops.heads(ops.dense(t, { name: 'j', out: 24 }), { parts: 3, heads: 2 }) as [
          typeof x,
          typeof x,
          typeof x,
        ];
        const turn = { leading: 1, temperature: 10 };
        const attended = ops.attention(ops.rotate(q, turn), ops.rotate(k, turn), v);
        const y = ops.add(t, ops.dense(attended, { name: 'k', out: 6 }));
        const latent = ops.dense(ops.learned({ name: 'latent', tokens: 1, channels: 6 }), { name: 'l', out: 8 });
        const [query] = ops.heads(latent, { parts: 1, heads: 2 });
        const [keys, values] = ops.heads(ops.dense(y, { name: 'm', out: 16 }), { parts: 2, heads: 2 });
        const seen = ops.dense(ops.attention(query!, keys!, values!), { name: 'n', out: 6 });
        return ops.scaleChannels(ops.take(y, { from: 1 }), seen);
      },
    },
  ],
};

const parameters = formulaParameters(tiny, 3);
const specs = declareParameters(tiny, 3).filter(({ stage }) => stage !== 'classifier');
/** More than are convolved at once anywhere. */
const batch = 9;
const input = formulaNumbers('input', batch * 9 * 9 * 3);
const weighting = formulaNumbers('weighting', batch * 3 * 3 * 6);

/** A scalar that depends on every output differently. */
function objective(network: (x: Tensor4D) => Tensor4D): Tensor {
  const y = network(tf.tensor4d(input, [batch, 9, 9, 3]));
  return tf.sum(tf.mul(tf.reshape(y, [batch, 3, 3, 6]), tf.tensor4d(weighting, [batch, 3, 3, 6])));
}

function foldedObjective(arrays: NamedArrays): number {
  using network = new FoldedNetwork(tiny, arrays);
  return tf.tidy(() => objective((x) => network.run(x)).dataSync()[0]!);
}

test('training and inference give the same numbers', () => {
  const folded = foldedObjective(parameters);
  const tensors = toTensors(specs, parameters);
  const trained = tf.tidy(() => objective((x) => runStages(tiny, tensors, x)).dataSync()[0]!);
  tf.dispose(tensors);
  assert.ok(Math.abs(folded - trained) < 1e-5 * Math.max(1, Math.abs(folded)), `${folded} and ${trained}`);
});

function notHere(): never {
  throw new Error('not in this network');
}

/** The same network as textbooks write it: padding, convolution, bias, normalisation and activation one by one. */
class Textbook implements Operations<Tensor4D> {
  constructor(private readonly parameters: NamedTensors) {}

  conv(x: Tensor4D, o: Convolution): Tensor4D {
    const [h, w] = o.padding === 'same' ? [0, 0] : symmetricPadding(o.padding);
    const rows: [number, number] = [h, h];
    const padded = tf.pad4d(x, [[0, 0], rows, [w, w], [0, 0]]);
    const mode = o.padding === 'same' ? 'same' : 'valid';
    const filter = this.parameters[`${o.name}.weight`] as Tensor4D;
    let y = o.depthwise
      ? tf.depthwiseConv2d(padded, filter, o.stride ?? 1, mode)
      : tf.conv2d(padded, filter, o.stride ?? 1, mode);
    if (o.bias) y = tf.add(y, this.parameters[`${o.name}.bias`]!);
    if (o.batchNorm) {
      const { name, epsilon } = o.batchNorm;
      const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
        (part) => this.parameters[`${name}.${part}`]!,
      ) as [Tensor, Tensor, Tensor, Tensor];
      y = tf.add(tf.mul(tf.div(tf.sub(y, mean), tf.sqrt(tf.add(variance, epsilon))), gamma), beta);
    }
    if (o.scale) y = tf.mul(y, this.parameters[o.scale]!);
    return o.activation ? this.activate(y, o.activation) : y;
  }

  dense(x: Tensor4D, o: Dense): Tensor4D {
    const weight = this.parameters[`${o.name}.weight`]!;
    const { shape } = x;
    let y = tf.matMul(x.reshape([-1, shape[3]]), weight);
    if (o.bias ?? true) y = tf.add(y, this.parameters[`${o.name}.bias`]!);
    if (o.scale) y = tf.mul(y, this.parameters[o.scale]!);
    const z = y.reshape<Tensor4D>([...shape.slice(0, 3), o.out]);
    return o.activation ? this.activate(z, o.activation) : z;
  }

  layerNorm(x: Tensor4D, { name, epsilon }: LayerNormalisation): Tensor4D {
    const { mean, variance } = tf.moments(x, 3, true);
    const y = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));
    return tf.add(tf.mul(y, this.parameters[`${name}.weight`]!), this.parameters[`${name}.bias`]!);
  }

  responseNorm(x: Tensor4D, { name, epsilon }: ResponseNormalisation): Tensor4D {
    const norm = tf.norm(x, 'euclidean', [1, 2], true);
    const share = tf.div(norm, tf.add(tf.mean(norm, 3, true), epsilon));
    const scaled = tf.mul(tf.mul(x, share), this.parameters[`${name}.weight`]!);
    return tf.add(tf.add(x, scaled), this.parameters[`${name}.bias`]!);
  }

  maxPool(x: Tensor4D, o: Pooling): Tensor4D {
    const side: [number, number] = [o.padding ?? 0, o.padding ?? 0];
    return tf.maxPool(tf.pad4d(x, [[0, 0], side, side, [0, 0]], -1e30), o.size, o.stride, 'valid');
  }

  add(a: Tensor4D, b: Tensor4D, activation?: Activation): Tensor4D {
    const sum = tf.add<Tensor4D>(a, b);
    return activation ? this.activate(sum, activation) : sum;
  }

  activate(x: Tensor4D, activation: Activation): Tensor4D {
    const hardSigmoid = (): Tensor4D => tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6);
    switch (activation) {
      case 'relu':
        return tf.relu(x);
      case 'relu6':
        return tf.relu6(x);
      case 'sigmoid':
        return tf.div(1, tf.add(1, tf.exp(tf.neg(x))));
      case 'silu':
        return tf.div(x, tf.add(1, tf.exp(tf.neg(x))));
      case 'hard_sigmoid':
        return hardSigmoid();
      case 'hard_swish':
        return tf.mul(x, hardSigmoid());
      case 'gelu':
        return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1));
      case 'gelu_tanh': {
        const cube = tf.mul(tf.mul(x, x), x);
        const t = tf.tanh(tf.mul(tf.add(x, tf.mul(cube, 0.044715)), Math.sqrt(2 / Math.PI)));
        return tf.mul(tf.mul(x, 0.5), tf.add(t, 1));
      }
      case 'quick_gelu':
        return tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
    }
  }

  scaleChannels(x: Tensor4D, factors: Tensor4D): Tensor4D {
    return tf.mul(x, tf.broadcastTo(factors, x.shape));
  }

  globalAveragePool(x: Tensor4D): Tensor4D {
    return tf.mean(x, [1, 2], true);
  }

  tokens(x: Tensor4D): Tensor4D {
    return x.reshape([batch, 1, x.shape[1] * x.shape[2], x.shape[3]]);
  }

  take(x: Tensor4D, { from, to = x.shape[2] }: TokenRange): Tensor4D {
    return tf.slice4d(x, [0, 0, from, 0], [-1, -1, to - from, -1]);
  }

  learned({ name }: LearnedTokens): Tensor4D {
    return tf.tile(tf.expandDims<Tensor4D>(this.parameters[name]!, 1), [batch, 1, 1, 1]);
  }

  prepend(x: Tensor4D, o: LearnedTokens): Tensor4D {
    return tf.concat([this.learned(o), x], 2);
  }

  /** Both axes at once: a weight for each pair of places. */
  addPositions(x: Tensor4D, { name, grid }: Positions): Tensor4D {
    const edge = Math.sqrt(x.shape[2]);
    const along = resampling(grid, edge);
    const weights = Array.from({ length: edge ** 2 }, (_, to) =>
      Array.from({ length: grid ** 2 }, (_, from) => {
        const [rows, columns] = [
          [to / edge, from / grid],
          [to % edge, from % grid],
        ] as [number[], number[]];
        const weight = ([a, b]: number[]): number => along[Math.floor(a!) * grid + Math.floor(b!)]!;
        return weight(rows) * weight(columns);
      }),
    );
    return tf.add(x, tf.matMul(tf.tensor2d(weights), tf.squeeze<Tensor2D>(this.parameters[name]!, [0])));
  }

  heads(x: Tensor4D, { parts, heads }: { parts: number; heads: number }): Tensor4D[] {
    const split = parts === 1 ? [x] : tf.split(x, parts, 3);
    return split.map((part) => tf.concat(tf.split(part, heads, 3), 1));
  }

  /** Each pair of channels is a vector that turns by an angle. */
  rotate(x: Tensor4D, { leading, temperature }: Rotation): Tensor4D {
    const [, , tokens, channels] = x.shape;
    const edge = Math.sqrt(tokens - leading);
    const angles = Array.from({ length: tokens }, (_, token) =>
      Array.from({ length: channels / 2 }, (_, channel) => {
        const quarter = channels / 4;
        const place = channel < quarter ? Math.floor((token - leading) / edge) : (token - leading) % edge;
        const period = temperature ** ((channel % quarter) / quarter);
        return token < leading ? 0 : (2 * Math.PI * (((place + 0.5) / edge) * 2 - 1)) / period;
      }),
    );
    const [a, b] = tf.split(x, 2, 3) as [Tensor4D, Tensor4D];
    const [cosine, sine] = [tf.cos(angles), tf.sin(angles)];
    const turned = [tf.sub(tf.mul(a, cosine), tf.mul(b, sine)), tf.add(tf.mul(a, sine), tf.mul(b, cosine))];
    return tf.concat(turned as Tensor4D[], 3);
  }

  attention(queries: Tensor4D, keys: Tensor4D, values: Tensor4D): Tensor4D {
    const scores = tf.div(tf.matMul(queries, keys, false, true), Math.sqrt(queries.shape[3]));
    return tf.concat<Tensor4D>(tf.split(tf.matMul(tf.softmax(scores), values), values.shape[1], 1), 3);
  }

  concat(xs: readonly Tensor4D[]): Tensor4D {
    return tf.concat([...xs], 3);
  }

  dropPath = (x: Tensor4D): Tensor4D => x;
  averagePool = notHere;
  linear = notHere;
  localResponseNorm = notHere;
  reverseChannels = notHere;
}

test('gradients of every trainable parameter and of the input are those of the textbook network', () => {
  const tensors = toTensors(specs, parameters);
  const names = specs.filter(isTrainable).map(({ name }) => name);
  const gradients = (run: (given: NamedTensors, x: Tensor4D) => Tensor4D): Tensor[] =>
    tf.grads((x: Tensor, ...values: Tensor[]) => {
      const given = { ...tensors, ...Object.fromEntries(names.map((name, i) => [name, values[i]!])) };
      const y = tf.reshape(run(given, x as Tensor4D), [batch, 3, 3, 6]);
      return tf.sum(tf.mul(y, tf.tensor4d(weighting, [batch, 3, 3, 6])));
    })([tf.tensor4d(input, [batch, 9, 9, 3]), ...names.map((name) => tensors[name]!)]);

  tf.tidy(() => {
    const actual = gradients((given, x) => runStages(tiny, given, x));
    const expected = gradients((given, x) => {
      const textbook = new Textbook(given);
      return tiny.stages.reduce((y, stage) => stage.run(textbook, y), x);
    });
    ['the input', ...names].forEach((name, i) => {
      const [size, difference] = [expected[i]!, tf.sub(actual[i]!, expected[i]!)].map(
        (t) => t.abs().max().dataSync()[0]!,
      );
      assert.ok(size! > 1e-3, `${name} has no gradient`);
      assert.ok(difference! < 1e-4 * size!, `${name}: ${difference} of ${size}`);
    });
  });
  tf.dispose(tensors);
});

test("a new head is linear on pooled features, also where the architecture's own classifier is not", () => {
  const squeezenet = getBackbone('squeezenet1_1');
  const parameters = new Map([
    ['classifier.1.weight', { shape: [2, 512], data: formulaNumbers('weight', 1024) }],
    ['classifier.1.bias', { shape: [2], data: formulaNumbers('bias', 2) }],
  ]);
  const end = squeezenet.stages.length;
  using network = new FoldedNetwork(squeezenet, parameters, { from: end });
  tf.tidy(() => {
    const map = tf.tensor4d(formulaNumbers('map', 9 * 512), [1, 3, 3, 512]);
    const weight = tf.tensor2d(parameters.get('classifier.1.weight')!.data, [2, 512]);
    const expected = tf.add(
      tf.matMul(network.pooled(map), weight, false, true),
      parameters.get('classifier.1.bias')!.data,
    );
    assert.ok(tf.sub(network.logits(map), expected).abs().max().dataSync()[0]! < 1e-5);
  });
});

test('frozen parameters get no gradient', () => {
  const tensors = toTensors(specs, parameters);
  const trained = tf.variable(tensors['c.weight']!, true);
  tf.tidy(() => {
    const { grads } = tf.variableGrads(() =>
      objective((x) => runStages(tiny, { ...tensors, 'c.weight': trained }, x)).asScalar(),
    );
    assert.deepEqual(Object.keys(grads), [trained.name]);
  });
  trained.dispose();
  tf.dispose(tensors);
});

test('tensors come back in torch order with the same bytes', async () => {
  const lite = getBackbone('efficientnet_lite0');
  const arrays = formulaParameters(lite);
  const all = declareParameters(lite);
  const tensors = toTensors(all, arrays);
  const back = await toArrays(all, tensors);
  tf.dispose(tensors);
  for (const [name, { data }] of arrays)
    assert.deepEqual(Buffer.from(back.get(name)!.data.buffer), Buffer.from(data.buffer));
});

test('nothing is left behind by inference or by a gradient', () => {
  const before = tf.memory().numTensors;
  foldedObjective(parameters);
  const tensors = toTensors(specs, parameters);
  const weight = tf.variable(tensors['a.weight']!);
  const { value, grads } = tf.variableGrads(
    () => objective((x) => runStages(tiny, { ...tensors, 'a.weight': weight }, x)).asScalar(),
    [weight],
  );
  tf.dispose([tensors, value, grads]);
  weight.dispose();
  assert.equal(tf.memory().numTensors, before);
});
