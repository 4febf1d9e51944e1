import { tf, type Scalar, type Tensor1D } from '../tensorflow.js';

/** Added to the norm, as torch does. */
const epsilon = 1e-6;

/**
 * What all gradients are multiplied by so that their norm, taken together, is at most `mostNorm` (Pascanu et al. 2013), as
 * `torch.nn.utils.clip_grad_norm_` has it. Run it inside `tf.tidy`.
 *
 * @param gradients at least one
 * @returns at most 1
 */
export function clippingFactor(gradients: readonly Tensor1D[], mostNorm: number): Scalar {
  const squares = gradients.map((gradient) => tf.sum<Scalar>(tf.square(gradient)));
  const norm = tf.sqrt<Scalar>(tf.addN(squares));
  return tf.minimum<Scalar>(1, tf.div<Scalar>(mostNorm, tf.add(norm, epsilon)));
}
