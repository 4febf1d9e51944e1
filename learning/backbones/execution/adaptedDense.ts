/**
 * A frozen linear layer with a low-rank adapter (Hu et al. 2021) as one differentiable kernel: x·W + b + (x·A)·B. The gradients of A and
 * B need products of the adapter's rank only, never that of the weight, which is a third of a step's work.
 */
import { nativeOperation, tf, type Tensor, type Tensor4D } from '../../tensorflow.js';
import { product, rowsOf } from './fusedDense.js';

const kernelName = 'GraftworkAdaptedDense';

export interface LowRank {
  /** A, [in, rank]. */
  down: Tensor;
  /** B, [rank, out], times the scale. */
  up: Tensor;
}

type Inputs = Record<'x' | 'weight' | 'bias', Tensor> & LowRank;

tf.registerKernel({
  kernelName,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs }) => {
    const { x, weight, bias, down, up } = inputs as unknown as Inputs;
    const shape = [-1, ...x.shape.slice(1, -1), weight.shape[1] as number];
    return tf.tidy(() => {
      const rows = rowsOf(x);
      const biased = nativeOperation('BiasAdd', [product(rows, weight), bias], { data_format: 'NHWC' });
      return tf.reshape(tf.add(biased, product(product(rows, down), up)), shape);
    });
  },
});

tf.registerGradient({
  kernelName,
  inputsToSave: ['x', 'weight', 'down', 'up'],
  gradFunc: (dy, saved) => {
    const [x, weight, down, up] = saved as [Tensor, Tensor, Tensor, Tensor];
    const d = rowsOf(dy as Tensor);
    const narrow = (): Tensor => product(d, up, { transpose_b: true });
    return {
      x: () =>
        tf.tidy(() => {
          const own = product(d, weight, { transpose_b: true });
          return tf.reshape(tf.add(own, product(narrow(), down, { transpose_b: true })), x.shape);
        }),
      down: () => tf.tidy(() => product(rowsOf(x), narrow(), { transpose_a: true })),
      up: () => tf.tidy(() => product(product(rowsOf(x), down), d, { transpose_a: true })),
    };
  },
});

/**
 * The weight and the bias get no gradient.
 * @param x [batch, height, width, in]
 * @param weight [in, out]
 * @param bias [out]
 */
export function adaptedDense(x: Tensor4D, weight: Tensor, bias: Tensor, adapter: LowRank): Tensor4D {
  return tf.engine().runKernel(kernelName, { x, weight, bias, ...adapter });
}
