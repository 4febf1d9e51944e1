/**
 * Attention as one differentiable kernel. Its probabilities, tokens² for each head, live only while they are used: the gradient
 * computes them again (Dao et al. 2022), so a training step keeps no more than queries, keys, values and the result.
 */
import { tf, type Tensor, type Tensor4D } from '../../tensorflow.js';

const kernelName = 'GraftworkAttention';

type Parts = Record<'queries' | 'keys' | 'values', Tensor>;

const product = (a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor =>
  tf.matMul(a, b, transposeA, transposeB);

const scaleOf = (queries: Tensor): number => 1 / Math.sqrt(queries.shape.at(-1) as number);

/** [batch, heads, queries, keys] */
function probabilities({ queries, keys }: Omit<Parts, 'values'>): Tensor {
  // Scaled before the product, where there are fewer values.
  return tf.softmax(product(tf.mul(queries, scaleOf(queries)), keys, false, true));
}

/** [batch, heads, tokens, channels] to [batch, 1, tokens, heads·channels]. */
function sideBySide(x: Tensor): Tensor {
  const [, heads, tokens, channels] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [-1, 1, tokens, heads * channels]);
}

/** The reverse. */
function apart(x: Tensor, heads: number): Tensor {
  const [, , tokens, channels] = x.shape as [number, number, number, number];
  return tf.transpose(tf.reshape(x, [-1, tokens, heads, channels / heads]), [0, 2, 1, 3]);
}

tf.registerKernel({
  kernelName,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs }) => {
    const parts = inputs as unknown as Parts;
    return tf.tidy(() => sideBySide(product(probabilities(parts), parts.values)));
  },
});

tf.registerGradient({
  kernelName,
  inputsToSave: ['queries', 'keys', 'values'],
  outputsToSave: [true],
  gradFunc: (dy, saved) => {
    const [queries, keys, values, y] = saved as [Tensor, Tensor, Tensor, Tensor];
    const heads = values.shape[1] as number;
    // All three need them.
    const [p, d] = [probabilities({ queries, keys }), apart(dy as Tensor, heads)];
    const scores = (): Tensor =>
      tf.tidy(() => {
        // What softmax takes off each row, Σ p·dp, is d·y of its token.
        const along = tf.sum(tf.mul(d, apart(y, heads)), -1, true);
        return tf.mul(tf.mul(p, tf.sub(product(d, values, false, true), along)), scaleOf(queries));
      });
    const ds = scores();
    return {
      queries: () => tf.tidy(() => summed(product(ds, keys), queries)),
      keys: () => tf.tidy(() => product(ds, queries, true)),
      values: () => product(p, d, true),
    };
  },
});

/** The queries of one example may have served all. */
function summed(gradient: Tensor, like: Tensor): Tensor {
  return gradient.shape[0] === like.shape[0] ? gradient : tf.sum(gradient, 0, true);
}

/**
 * @param queries [batch, heads, tokens, channels], or a batch of one for every example
 * @param keys [batch, heads, others, channels]
 * @param values [batch, heads, others, channels]
 * @returns [batch, 1, tokens, heads·channels]
 */
export function attention(queries: Tensor4D, keys: Tensor4D, values: Tensor4D): Tensor4D {
  return tf.engine().runKernel(kernelName, { queries, keys, values });
}
