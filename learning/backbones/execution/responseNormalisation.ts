/** Global response normalisation as one differentiable kernel, whose gradient is 0 where a channel is 0 all over its map. */
import { nativeOperation, tf, type Tensor, type Tensor4D } from '../../tensorflow.js';

const kernelName = 'GraftworkResponseNormalisation';

/** Of each channel its norm over the map, and the mean of all norms plus ε: [batch, 1, 1, channels] and [batch, 1, 1, 1]. */
function norms(x: Tensor, epsilon: number): { norm: Tensor; mean: Tensor } {
  const norm = tf.sqrt(tf.sum(tf.square(x), [1, 2], true));
  return { norm, mean: tf.add(tf.mean(norm, 3, true), epsilon) };
}

tf.registerKernel({
  kernelName,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const { x, weight, bias } = inputs as unknown as Record<'x' | 'weight' | 'bias', Tensor>;
    const { epsilon } = attrs as unknown as { epsilon: number };
    return tf.tidy(() => {
      const { norm, mean } = norms(x, epsilon);
      const factors = tf.add(tf.mul(tf.div(norm, mean), weight), 1);
      return tf.add(tf.mul(x, factors), bias);
    });
  },
});

tf.registerGradient({
  kernelName,
  inputsToSave: ['x', 'weight'],
  gradFunc: (gradient, saved, attrs) => {
    const [x, weight] = saved as [Tensor, Tensor];
    const { epsilon } = attrs as unknown as { epsilon: number };
    const dy = gradient as Tensor;
    /** Of a channel's share, before its weight. */
    const alongMap = (): Tensor => tf.sum(tf.mul(dy, x), [1, 2], true);
    return {
      x: () =>
        tf.tidy(() => {
          const { norm, mean } = norms(x, epsilon);
          const share = tf.div(norm, mean);
          const d = tf.div(tf.mul(alongMap(), weight), mean);
          const dNorm = tf.sub(d, tf.mean(tf.mul(d, share), 3, true));
          const direct = tf.mul(dy, tf.add(tf.mul(share, weight), 1));
          return tf.add(direct, tf.mul(x, nativeOperation('DivNoNan', [dNorm, norm])));
        }),
      weight: () =>
        tf.tidy(() => {
          const { norm, mean } = norms(x, epsilon);
          return tf.sum(tf.mul(alongMap(), tf.div(norm, mean)), [0, 1, 2]);
        }),
      bias: () => tf.sum(dy, [0, 1, 2]),
    };
  },
});

/**
 * x + x·n·weight + bias (Woo et al. 2023).
 * @param x [batch, height, width, channels]
 * @param weight [channels]
 * @param bias [channels]
 */
export function responseNormalised(x: Tensor4D, weight: Tensor, bias: Tensor, epsilon: number): Tensor4D {
  return tf.engine().runKernel(kernelName, { x, weight, bias }, { epsilon });
}
