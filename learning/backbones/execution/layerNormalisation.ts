/** Layer normalisation as one differentiable kernel: what lies between input and output goes at once. See fusedConvolution. */
import { tf, type Tensor, type Tensor4D } from '../../tensorflow.js';

const kernelName = 'GraftworkLayerNormalisation';

const rowsOf = (x: Tensor): Tensor => tf.reshape(x, [-1, x.shape.at(-1) as number]);

/** The ε that TensorFlow's fused operation takes, whatever the graph says (2.21). */
const fusedEpsilon = 1e-3;

/**
 * In the order in which TensorFlow makes it one operation on rows, four times as fast as these. Values k times as large have the
 * same norm with an ε of k² times as much, so ε is always the one that the fused operation takes.
 */
function normalised(rows: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  const x = tf.mul(rows, Math.sqrt(fusedEpsilon / epsilon));
  const mean = tf.mean(x, -1, true);
  const variance = tf.mean(tf.squaredDifference(x, mean), -1, true);
  const rate = tf.mul(tf.rsqrt(tf.add(variance, fusedEpsilon)), weight);
  return tf.add(tf.mul(x, rate), tf.sub(bias, tf.mul(mean, rate)));
}

/** Over the channels. @returns x − mean, and 1 / √(variance + ε) */
function standardised(x: Tensor, epsilon: number): { centred: Tensor; rate: Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return { centred, rate: tf.rsqrt(tf.add(variance, epsilon)) };
}

tf.registerKernel({
  kernelName,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const { x, weight, bias } = inputs as unknown as Record<'x' | 'weight' | 'bias', Tensor>;
    const { epsilon } = attrs as unknown as { epsilon: number };
    return tf.tidy(() => tf.reshape(normalised(rowsOf(x), weight, bias, epsilon), [-1, ...x.shape.slice(1)]));
  },
});

tf.registerGradient({
  kernelName,
  inputsToSave: ['x', 'weight'],
  gradFunc: (gradient, saved, attrs) => {
    const [x, weight] = saved as [Tensor, Tensor];
    const { epsilon } = attrs as unknown as { epsilon: number };
    const dy = gradient as Tensor;
    const positions = [...x.shape.keys()].slice(0, -1);
    const normal = (): { y: Tensor; rate: Tensor } => {
      const { centred, rate } = standardised(x, epsilon);
      return { y: tf.mul(centred, rate), rate };
    };
    return {
      x: () =>
        tf.tidy(() => {
          const { y, rate } = normal();
          const d = tf.mul(dy, weight);
          const along = tf.mul(y, tf.mean(tf.mul(d, y), -1, true));
          return tf.mul(tf.sub(tf.sub(d, tf.mean(d, -1, true)), along), rate);
        }),
      weight: () => tf.tidy(() => tf.sum(tf.mul(dy, normal().y), positions)),
      bias: () => tf.sum(dy, positions),
    };
  },
});

/**
 * @param x [batch, height, width, channels]
 * @param weight [channels]
 * @param bias [channels]
 */
export function layerNormalised(x: Tensor4D, weight: Tensor, bias: Tensor, epsilon: number): Tensor4D {
  return tf.engine().runKernel(kernelName, { x, weight, bias }, { epsilon });
}
