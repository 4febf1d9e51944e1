import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OptimizerSpec } from '../../contracts/spec/stages/optimizerSpec.js';
import type { NamedArrays, ParameterSpec } from '../backbones/index.js';
import { tf, type Tensor1D } from '../tensorflow.js';
import { Optimizer } from './optimizer.js';
import { parameterGroups } from './parameterGroups.js';

const specs: ParameterSpec[] = [
  { name: 'conv.weight', shape: [2, 3, 1, 1], kind: 'conv.weight', stage: 'body' },
  { name: 'bn.weight', shape: [2], kind: 'bn.weight', stage: 'body' },
  { name: 'fc.weight', shape: [2, 2], kind: 'linear.weight', stage: 'classifier' },
  { name: 'fc.bias', shape: [2], kind: 'linear.bias', stage: 'classifier' },
];

function filled(value: (index: number) => number): NamedArrays {
  return new Map(
    specs.map(({ name, shape }) => {
      const size = shape.reduce((product, edge) => product * edge, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, (_, i) => value(i)) }];
    }),
  );
}

/** Gradients like the parameters' vectors, all of one value. */
function gradients(optimizer: Optimizer, value: number): Tensor1D[] {
  return optimizer.vectors.map(({ shape }) => tf.fill(shape, value));
}

function first(optimizer: Optimizer, name: string): number {
  return optimizer.parameters[name]?.dataSync()[0] ?? Number.NaN;
}

function run(spec: OptimizerSpec, steps: readonly (readonly [gradient: number, rate: number])[]): Optimizer {
  const optimizer = new Optimizer(
    spec,
    parameterGroups(specs, () => 1),
    filled(() => 1),
    undefined,
  );
  for (const [index, [gradient, rate]] of steps.entries()) {
    const g = gradients(optimizer, gradient);
    optimizer.step(g, rate, index + 1);
    tf.dispose(g);
  }
  return optimizer;
}

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 2e-7, `${actual} is not ${expected}`);

test("SGD follows torch.optim.SGD's recurrence, the rate outside the velocity", () => {
  const spec: OptimizerSpec = { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0.1 };
  using optimizer = run(spec, [
    [0.5, 0.1],
    [0.5, 0.01],
  ]);
  // Decayed: v1 = 0.5 + 0.1·1 = 0.6, p1 = 1 − 0.1·0.6 = 0.94; v2 = 0.54 + 0.5 + 0.094 = 1.134, p2 = 0.94 − 0.01134.
  near(first(optimizer, 'conv.weight'), 0.92866);
  // Not decayed: v1 = 0.5, p1 = 0.95; v2 = 0.45 + 0.5 = 0.95, p2 = 0.95 − 0.0095.
  near(first(optimizer, 'bn.weight'), 0.9405);
  near(first(optimizer, 'fc.bias'), 0.9405);
});

test('Nesterov steps along the gradient and the new velocity', () => {
  const spec: OptimizerSpec = { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0 };
  using optimizer = run(spec, [
    [0.5, 0.1],
    [0.5, 0.1],
  ]);
  // p1 = 1 − 0.1·(0.5 + 0.45) = 0.905; v2 = 0.95, p2 = 0.905 − 0.1·(0.5 + 0.855).
  near(first(optimizer, 'fc.weight'), 0.7695);
});

test('SGD without momentum remembers nothing', async () => {
  using optimizer = run({ kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 }, [[0.5, 0.1]]);
  near(first(optimizer, 'fc.weight'), 0.95);
  assert.equal((await optimizer.state()).size, 0);
});

test("AdamW follows torch.optim.AdamW's recurrence", () => {
  const spec: OptimizerSpec = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.5 };
  using optimizer = run(spec, [
    [0.5, 0.1],
    [-0.25, 0.1],
  ]);
  const expected = (decay: number) => {
    let [p, m, v] = [1, 0, 0];
    for (const [index, g] of [0.5, -0.25].entries()) {
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      const [c1, c2] = [1 - 0.9 ** (index + 1), 1 - 0.999 ** (index + 1)];
      p = p * (1 - 0.1 * decay) - ((0.1 / c1) * m) / (Math.sqrt(v) / Math.sqrt(c2) + 1e-8);
    }
    return p;
  };
  // The first step of Adam moves by the rate itself, whatever the gradient: 1·0.95 − 0.1, and 1 − 0.1.
  near(first(optimizer, 'conv.weight'), expected(0.5));
  near(first(optimizer, 'bn.weight'), expected(0));
});

test('gradients are clipped by the norm of all groups together, as torch clips them', () => {
  const groups = parameterGroups(specs, ({ stage }) => (stage === 'classifier' ? 1 : 0.5));
  // 6 + 2 + 4 + 2 values of 0.5: a norm of √3.5.
  const norm = Math.sqrt(14 * 0.25);
  for (const clipNorm of [1, 3]) {
    const spec: OptimizerSpec = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 };
    const parameters = filled(() => 1);
    using optimizer = new Optimizer(spec, groups, parameters, undefined, { clipNorm });
    const g = gradients(optimizer, 0.5);
    optimizer.step(g, 0.1, 1);
    tf.dispose(g);
    const factor = Math.min(1, clipNorm / (norm + 1e-6));
    near(first(optimizer, 'fc.weight'), 1 - 0.1 * 0.5 * factor);
    near(first(optimizer, 'bn.weight'), 1 - 0.05 * 0.5 * factor);
  }
});

test('a group moves by its own share of the rate', () => {
  const groups = parameterGroups(specs, ({ stage }) => (stage === 'classifier' ? 1 : 0.1));
  assert.deepEqual(
    groups.map(({ rateFactor, decayed, specs: members }) => [rateFactor, decayed, members.map(({ name }) => name)]),
    [
      [0.1, true, ['conv.weight']],
      [0.1, false, ['bn.weight']],
      [1, true, ['fc.weight']],
      [1, false, ['fc.bias']],
    ],
  );
  const spec: OptimizerSpec = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 };
  using optimizer = new Optimizer(
    spec,
    groups,
    filled(() => 1),
    undefined,
  );
  const g = gradients(optimizer, 1);
  optimizer.step(g, 0.5, 1);
  tf.dispose(g);
  near(first(optimizer, 'conv.weight'), 0.95);
  near(first(optimizer, 'fc.weight'), 0.5);
});

test('state goes out and comes back in torch order, to the bit', async () => {
  const spec: OptimizerSpec = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
  const state = new Map(
    [...filled((i) => i + 1)].flatMap(([name, array]) => [
      [`${name}/mean`, array] as const,
      [`${name}/variance`, array] as const,
    ]),
  );
  using optimizer = new Optimizer(
    spec,
    parameterGroups(specs, () => 1),
    filled((i) => -i),
    state,
  );
  assert.deepEqual(new Map([...(await optimizer.state())].sort()), new Map([...state].sort()));
});

test('nothing is left behind', () => {
  const before = tf.memory().numTensors;
  run({ kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 }, [
    [1, 0.1],
    [1, 0.1],
  ]).dispose();
  assert.equal(tf.memory().numTensors, before);
});
