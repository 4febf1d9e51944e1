import assert from 'node:assert/strict';
import { test } from 'node:test';
import { croppedInput, visionTransformer } from '../../backbones/networks/vit/visionTransformer.js';
import { declareParameters, getBackbone, isTrainable, runStages, toTensors } from '../../backbones/index.js';
import { tf, type Rank, type Tensor, type Tensor4D } from '../../tensorflow.js';
import { formulaParameters } from '../../weights/formula.js';
import { branchesToDrop, drawKept, keptBranches, type DroppableBranch } from './dropPath.js';

const transformer = visionTransformer({
  ...{ name: 'small', input: croppedInput(12, 1, 'half'), weights: undefined, licence: 'MIT' as const },
  ...{ imagenetTop1: undefined, parameterCount: undefined },
  transformer: { patch: 4, width: 8, depth: 3, heads: 2, layerScale: 'ls', positions: { grid: 3 } },
});

const valuesOf = (branches: readonly DroppableBranch[], from: number, to: number, ...key: (string | number)[]) => {
  const kept = drawKept(branches, ...key)?.(from, to);
  const values = kept?.arraySync() ?? [];
  kept?.dispose();
  return values;
};

test('the rate rises from 0 in the first block of the network to the last, and only blocks that train are left out', () => {
  const stages = new Set(['blocks.8', 'blocks.9', 'blocks.10', 'blocks.11', 'norm', 'pool']);
  const branches = branchesToDrop(getBackbone('vit_small_patch14_dinov2'), stages, 0.2);
  const expected = [8, 8, 9, 9, 10, 10, 11, 11].map((block, at) => ({
    name: `blocks.${block}.drop_path${1 + (at % 2)}`,
    rate: (0.2 * block) / 11,
  }));
  assert.deepEqual(branches, expected);
  // The first of all never is.
  const all = branchesToDrop(getBackbone('convnext_atto'), new Set(['stages.0', 'stages.1']), 0.1);
  assert.deepEqual(
    all.map(({ name }) => name),
    ['stages.0.blocks.1.drop_path', 'stages.1.blocks.0.drop_path', 'stages.1.blocks.1.drop_path'],
  );
});

test('what is left out is a function of seed, stage, step, branch and place, and its mean is 1', () => {
  const branches = [
    { name: 'blocks.1.drop_path1', rate: 0.25 },
    { name: 'blocks.1.drop_path2', rate: 0.5 },
  ];
  const [quarter = [], half = []] = valuesOf(branches, 0, 4000, 3, 'fine-tune-1', 7);
  for (const [values, { rate }] of [[quarter, branches[0]!] as const, [half, branches[1]!] as const]) {
    assert.deepEqual(new Set(values), new Set([0, Math.fround(1 / (1 - rate))]));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    assert.ok(Math.abs(mean - 1) < 0.06, `${mean}`);
  }
  assert.deepEqual(valuesOf(branches, 1000, 2000, 3, 'fine-tune-1', 7), [
    quarter.slice(1000, 2000),
    half.slice(1000, 2000),
  ]);
  for (const key of [
    [4, 'fine-tune-1', 7],
    [3, 'fine-tune-2', 7],
    [3, 'fine-tune-1', 8],
  ]) {
    assert.notDeepEqual(valuesOf(branches, 0, 100, ...key), [quarter.slice(0, 100), half.slice(0, 100)]);
  }
  assert.notDeepEqual(
    quarter.map((value) => value === 0),
    half.map((value) => value === 0),
  );
  assert.equal(drawKept([], 3, 'fine-tune-1', 7), undefined);
});

test('outputs and gradients are those of a network for each picture, its LayerScale times the factor of the branch', () => {
  const specs = declareParameters(transformer, 3).filter(({ stage }) => stage !== 'classifier');
  const tensors = toTensors(specs, formulaParameters(transformer));
  const names = specs.filter((spec) => isTrainable(spec) && spec.stage.startsWith('blocks.')).map(({ name }) => name);
  const branches = branchesToDrop(transformer, new Set(transformer.stages.map(({ name }) => name)), 0.6);
  const from = 2;
  tf.tidy(() => {
    const kept = drawKept(branches, 5, 'fine-tune-1', 1)!(0, 4);
    const factors = kept.arraySync();
    assert.ok(factors.flat().includes(0) && factors.flat().some((factor) => factor > 1));
    const x = tf.randomUniform<Rank.R4>([4, 1, 10, 8], -1, 1, 'float32', 3);
    const weighting = tf.randomUniform<Rank.R4>([4, 1, 1, 8], -1, 1, 'float32', 4);
    const gradients = (outputs: (given: Record<string, Tensor>) => Tensor4D): { value: Tensor; grads: Tensor[] } =>
      tf.valueAndGrads((...values: Tensor[]) => {
        const given = { ...tensors, ...Object.fromEntries(names.map((name, at) => [name, values[at]!])) };
        return tf.sum(tf.mul(outputs(given), weighting));
      })(names.map((name) => tensors[name]!));

    const actual = gradients((given) => runStages(transformer, given, x, { from }, keptBranches(branches, kept)));
    const expected = gradients((given) => {
      const pictures = tf.split(x, 4).map((picture, row) => {
        const own = { ...given };
        for (const [at, { name }] of branches.entries()) {
          const scale = name.replace('drop_path', 'ls') + '.gamma';
          own[scale] = tf.mul(given[scale]!, factors[at]![row]!);
        }
        return runStages(transformer, own, picture as Tensor4D, { from });
      });
      return tf.concat(pictures);
    });
    const isNear = (a: Tensor, b: Tensor, what: string): void => {
      const [size, difference] = [b, tf.sub(a, b)].map((tensor) => tensor.abs().max().dataSync()[0]!);
      assert.ok(difference! <= 1e-5 * Math.max(size!, 1e-2), `${what}: ${difference} of ${size}`);
    };
    isNear(actual.value, expected.value, 'value');
    for (const [at, name] of names.entries()) isNear(actual.grads[at]!, expected.grads[at]!, name);
  });
  tf.dispose(tensors);
});
