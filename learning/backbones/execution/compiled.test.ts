import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { families } from '../../../test/fixtures/families.js';
import { tf, type Rank, type Tensor, type Tensor4D } from '../../tensorflow.js';
import { formulaParameters } from '../../weights/formula.js';
import { denseStages, FoldedNetwork, getBackbone } from '../index.js';

/** Odd, so that paddings and rounding show; what Inception takes at least. */
const size = 77;

/** Up to rounding: fused operations add in another order, and gates with formula weights magnify that from stage to stage. */
function assertAlike(actual: Tensor, expected: Tensor, what = ''): void {
  const [difference = 1, largest = 0] = tf.tidy(() =>
    tf.stack([tf.max(tf.abs(tf.sub(expected, actual))), tf.max(tf.abs(expected))]).dataSync(),
  );
  assert(difference <= 1e-4 * largest, `${what}: ${difference} of ${largest}`);
}

test('every family gives, compiled, the activations of every stage that it gives operation by operation', () => {
  for (const name of families) {
    const backbone = getBackbone(name);
    // VGG's dense stage takes maps of its own size only, and is too large to be compiled.
    const dense = denseStages(backbone);
    const to = backbone.stages.filter((stage) => !dense.has(stage.name)).length;
    const parameters = formulaParameters(backbone);
    using plain = new FoldedNetwork(backbone, parameters, { to });
    using compiled = new FoldedNetwork(backbone, parameters, { to, images: Infinity });
    const ends = Array.from({ length: to }, (_, index) => index + 1);
    const x = tf.randomUniform<Rank.R4>([2, size, size, 3], -2, 2, 'float32', 5);
    const [expected, actual] = [plain.activations(x, ends), compiled.activations(x, ends)];
    for (const [index, stage] of ends.entries()) {
      const [a, b] = [expected[index]!, actual[index]!];
      assert.deepEqual(b.shape, a.shape);
      assertAlike(b, a, `${name}, ${stage} stages`);
    }
    tf.dispose([x, expected, actual]);
  }
});

test('what is compiled runs from any stage on, for any number of images, and leaves nothing behind', () => {
  const backbone = getBackbone('mobilenet_v2');
  const parameters = formulaParameters(backbone);
  using plain = new FoldedNetwork(backbone, parameters);
  using compiled = new FoldedNetwork(backbone, parameters, { images: 1000 });
  const tensors = tf.memory().numTensors;
  for (const count of [1, 3]) {
    const x = tf.randomUniform<Rank.R4>([count, 64, 64, 3], -1, 1, 'float32', count);
    const [early, late] = compiled.activations(x, [2, 4]) as [Tensor4D, Tensor4D];
    const onward = compiled.run(early, { from: 2, to: 4 });
    const expected = plain.run(x, { to: 4 });
    for (const found of [late, onward]) assertAlike(found, expected);
    const same = compiled.run(x, { to: 0 });
    assert.deepEqual(same.dataSync(), x.dataSync());
    const pooled = [plain.pooledStages(x), compiled.pooledStages(x)] as const;
    for (const [index, tensor] of pooled[0].entries()) {
      const other = pooled[1][index]!;
      assert.deepEqual(other.shape, tensor.shape);
      assertAlike(other, tensor);
    }
    tf.dispose([x, early, late, onward, expected, same, ...pooled]);
  }
  assert.equal(tf.memory().numTensors, tensors);
  assert.equal(
    readdirSync(tmpdir()).some((entry) => entry.startsWith(`graftwork-graph-${process.pid}-`)),
    false,
  );
});

test('each stage gives in bfloat16 what it gives in float32 up to its rounding, as float32', () => {
  for (const name of ['resnet18', 'efficientnet_lite0']) {
    const backbone = getBackbone(name);
    const parameters = formulaParameters(backbone);
    using full = new FoldedNetwork(backbone, parameters);
    using low = new FoldedNetwork(backbone, parameters, { dtype: 'bfloat16' });
    let x = tf.randomUniform<Rank.R4>([2, size, size, 3], -2, 2, 'float32', 5);
    for (const [from, stage] of backbone.stages.entries()) {
      const range = { from, to: from + 1 };
      const [expected, actual] = [full.run(x, range), low.run(x, range)];
      const [error = 1] = tf.tidy(() => tf.norm(tf.sub(actual, expected)).div(tf.norm(expected)).dataSync());
      assert.equal(actual.dtype, 'float32');
      assert.ok(error > 0 && error < 0.02, `${name}, ${stage.name}: off by ${error}`);
      tf.dispose([x, actual]);
      x = expected;
    }
    x.dispose();
  }
});

for (const dtype of ['float32', 'bfloat16'] as const) {
  test(`a graph that is given its weights in each call computes the same in ${dtype}`, () => {
    const network = getBackbone('convnext_atto:stages.1');
    const parameters = formulaParameters(network);
    const options = { images: Infinity, dtype };
    using held = new FoldedNetwork(network, parameters, options);
    using given = new FoldedNetwork(network, parameters, { ...options, manyWeights: 0 });
    tf.tidy(() => {
      const x = tf.randomUniform<Rank.R4>([2, 64, 64, 3], -2, 2, 'float32', 5);
      const [expected, actual] = [held, given].map((one) => one.activations(x, [1, 2]));
      for (const [index, map] of expected!.entries()) {
        const scale = tf.max(tf.abs(map)).dataSync()[0]!;
        const apart = tf.max(tf.abs(tf.sub(map, actual![index]!))).dataSync()[0]!;
        assert.ok(apart <= (dtype === 'float32' ? 1e-5 : 2e-2) * scale, `${apart} of ${scale}`);
      }
    });
  });
}
