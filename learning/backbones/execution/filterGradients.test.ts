import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeOperation, tf, type Rank, type Tensor4D } from '../../tensorflow.js';
import { denseFilterGradient } from './denseFilterGradient.js';
import { depthwiseFilterGradient } from './depthwiseFilterGradient.js';

const geometry = (stride: number, padding: string) => ({
  strides: [1, stride, stride, 1],
  dilations: [1, 1, 1, 1],
  data_format: 'NHWC',
  padding,
});

async function assertAlike(actual: Tensor4D, expected: Tensor4D, name: string): Promise<void> {
  assert.deepEqual(actual.shape, expected.shape, name);
  const difference = tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(actual, expected))), tf.max(tf.abs(expected))));
  const [worst = NaN] = await difference.data();
  assert.ok(worst < 1e-5, `${name}: ${worst}`);
  tf.dispose([actual, expected, difference]);
}

test('products give the gradient of a dense filter, whatever its size, stride and padding', async () => {
  for (const [height, width] of [
    [7, 7],
    [8, 5],
  ] as const) {
    for (const kernel of [1, 2, 3]) {
      for (const stride of [1, 2, 3]) {
        for (const padding of ['SAME', 'VALID'] as const) {
          const x = tf.randomNormal<Rank.R4>([2, height, width, 3], 0, 1, 'float32', 1);
          const filter = [kernel, kernel, 3, 4] as const;
          const like = tf.conv2d(x, tf.ones<Rank.R4>([...filter]), stride, padding === 'SAME' ? 'same' : 'valid');
          const dy = tf.randomNormal<Rank.R4>(like.shape, 0, 1, 'float32', 2);
          const before = tf.memory().numTensors;
          const actual = denseFilterGradient(x, dy, { filter, stride, padding });
          assert.equal(tf.memory().numTensors, before + 1);
          const inputs = [x, tf.tensor1d([...filter], 'int32'), dy];
          const expected = nativeOperation('Conv2DBackpropFilter', inputs, geometry(stride, padding)) as Tensor4D;
          await assertAlike(actual, expected, `${height}×${width}, filter ${kernel}, stride ${stride}, ${padding}`);
          tf.dispose([...inputs, like]);
        }
      }
    }
  }
});

test('a convolution gives the gradient of a depthwise filter', async () => {
  for (const kernel of [3, 5, 7]) {
    const [x, dy] = [1, 2].map((seed) => tf.randomNormal<Rank.R4>([10, 7, 8, 3], 0, 1, 'float32', seed)) as [
      Tensor4D,
      Tensor4D,
    ];
    const inputs = [x, tf.tensor1d([kernel, kernel, 3, 1], 'int32'), dy];
    const expected = nativeOperation('DepthwiseConv2dNativeBackpropFilter', inputs, geometry(1, 'SAME')) as Tensor4D;
    await assertAlike(depthwiseFilterGradient(x, dy, kernel), expected, `filter ${kernel}`);
    tf.dispose(inputs);
  }
});
