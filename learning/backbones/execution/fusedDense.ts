/**
 * A linear layer over the channels as one differentiable kernel: all positions of all examples are the rows of one product.
 * See fusedConvolution for why it is a kernel of its own.
 */
import { nativeOperation, tf, type Tensor, type Tensor4D } from '../../tensorflow.js';

const kernelName = 'GraftworkDense';

/** All positions of all examples, [rows, channels]. */
export const rowsOf = (x: Tensor): Tensor => tf.reshape(x, [-1, x.shape.at(-1) as number]);
export const product = (
  a: Tensor,
  b: Tensor,
  transposed: { transpose_a?: boolean; transpose_b?: boolean } = {},
): Tensor => nativeOperation('MatMul', [a, b], { transpose_a: false, transpose_b: false, ...transposed });

tf.registerKernel({
  kernelName,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs }) => {
    const { x, weight, bias } = inputs as unknown as Record<'x' | 'weight' | 'bias', Tensor>;
    // The number of rows is open, so that one graph serves any number of examples.
    const shape = [-1, ...x.shape.slice(1, -1), weight.shape[1] as number];
    return tf.tidy(() => {
      const biased = nativeOperation('BiasAdd', [product(rowsOf(x), weight), bias], { data_format: 'NHWC' });
      return tf.reshape(biased, shape);
    });
  },
});

tf.registerGradient({
  kernelName,
  inputsToSave: ['x', 'weight'],
  gradFunc: (dy, saved) => {
    const [x, weight] = saved as [Tensor, Tensor];
    const d = rowsOf(dy as Tensor);
    return {
      x: () => tf.reshape(product(d, weight, { transpose_b: true }), x.shape),
      weight: () => product(rowsOf(x), d, { transpose_a: true }),
      bias: () => nativeOperation('BiasAddGrad', [d], { data_format: 'NHWC' }),
    };
  },
});

/**
 * @param x [batch, height, width, in]
 * @param weight [in, out]
 * @param bias [out]
 */
export function fusedDense(x: Tensor4D, weight: Tensor, bias: Tensor): Tensor4D {
  return tf.engine().runKernel(kernelName, { x, weight, bias });
}
