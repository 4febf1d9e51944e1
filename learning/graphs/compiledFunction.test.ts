import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf, usesGpu, type Rank, type Tensor, type Tensor1D, type Tensor2D } from '../tensorflow.js';
import { CompiledFunction } from './compiledFunction.js';
import { recordGraph, type TensorFunction } from './recordedGraph.js';

const often = (): number => Infinity;

/** Has operations of several outputs, integers, booleans and constants. */
const everyKind: TensorFunction = ({ x, y }) => {
  const [first, second] = tf.split(x as Tensor1D, [2, 4]) as [Tensor1D, Tensor1D];
  const chosen = tf.where(tf.greater(second, 0.5), second, tf.neg(second));
  const hot = tf.oneHot(tf.tensor1d([1, 0], 'int32'), 3).toFloat();
  return [tf.concat([first, chosen]), tf.matMul(y as Tensor2D, hot), tf.mean(second)];
};

const inputs = () => ({ x: tf.tensor1d([1, 2, 3, 0.1, -4, 5]), y: tf.tensor2d([[1, 2]]) });

test('a compiled function gives what the function gives, for other inputs than it was recorded with as well', () => {
  const tensors = tf.memory().numTensors;
  using compiled = new CompiledFunction((given) => tf.tidy(() => everyKind(given)), often);
  tf.tidy(() => {
    const { x, y } = inputs();
    for (const given of [inputs(), { x: tf.mul(x, -3), y: tf.add(y, 1) }]) {
      const actual = compiled.run(given);
      for (const [at, expected] of everyKind(given).entries()) {
        assert.deepEqual([...(actual[at]?.dataSync() ?? [])], [...expected.dataSync()]);
      }
    }
  });
  assert.equal(tf.memory().numTensors, tensors);
});

test('in float64 nothing is lost that float32 rounds away', () => {
  const difference: TensorFunction = ({ x }) => [tf.sub(tf.add(x as Tensor1D, 1e8), 1e8), tf.scalar(2)];
  const tensors = tf.memory().numTensors;
  using compiled = new CompiledFunction(
    (given) => tf.tidy(() => difference(given)),
    () => 1,
    { dtype: 'float64' },
  );
  tf.tidy(() => {
    const x = tf.tensor1d([1, 2.5]);
    assert.notDeepEqual([...difference({ x })[0]!.dataSync()], [1, 2.5]);
    assert.deepEqual(
      compiled.run({ x }).map((tensor) => [...tensor.dataSync()]),
      [[1, 2.5], [2]],
    );
  });
  assert.equal(tf.memory().numTensors, tensors);
});

test('gradients are compiled as everything else is', () => {
  const loss: TensorFunction = ({ a, b }) => {
    const { value, grads } = tf.valueAndGrads((...given: Tensor[]) => {
      const [weights, bias] = given as [Tensor2D, Tensor1D];
      return tf.mean(tf.logSoftmax(tf.add(tf.matMul(tf.ones<Rank.R2>([3, 2]), weights), bias)));
    })([a as Tensor, b as Tensor]);
    return [value, ...grads];
  };
  using compiled = new CompiledFunction(loss, often);
  const given = { a: tf.tensor2d([1, 2, 3, 4], [2, 2]), b: tf.tensor1d([1, -1]) };
  const actual = compiled.run(given);
  for (const [at, expected] of loss(given).entries()) {
    assert.ok(tf.max(tf.abs(tf.sub(expected, actual[at] as Tensor))).dataSync()[0]! < 1e-6);
  }
});

const onGpu = usesGpu() && 'on a GPU nothing is compiled';

test(
  'each set of shapes has a graph of its own, and a function that is called seldom has none',
  { skip: onGpu },
  () => {
    let calls = 0;
    const counted: TensorFunction = ({ x }) => {
      calls += 1;
      return [tf.mul(x as Tensor, 2)];
    };
    using compiled = new CompiledFunction(counted, ({ x }) => (x?.shape[0] === 1 ? 1 : Infinity));
    const run = (size: number): number[] => {
      const [result] = tf.tidy(() => compiled.run({ x: tf.ones([size]) }));
      return [...(result as Tensor).dataSync()];
    };
    assert.deepEqual(
      [run(3), run(2), run(3), run(2)],
      [
        [2, 2, 2],
        [2, 2],
        [2, 2, 2],
        [2, 2],
      ],
    );
    assert.equal(calls, 2);
    assert.deepEqual([run(1), run(1)], [[2], [2]]);
    assert.equal(calls, 4);
  },
);

test('what is recorded is no longer watched once the function has failed', () => {
  const x = tf.ones([2]);
  assert.throws(() =>
    recordGraph(
      () => {
        throw new Error('no');
      },
      { x },
    ),
  );
  assert.deepEqual([...tf.mul(x, 2).dataSync()], [2, 2]);
});
