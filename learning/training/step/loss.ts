import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../../tensorflow.js';

/**
 * Mean cross-entropy in nats, as `torch.nn.CrossEntropyLoss`: with smoothing ε the target of a class is ε/classes, and
 * 1 − ε more for the true one (Szegedy et al. 2016).
 * @param logits [batch, classes]
 * @param labels [batch], int32 class indices
 * @param partners of mixed pictures: each one's second class, and the share of it in the target
 */
export function crossEntropy(
  logits: Tensor2D,
  labels: Tensor1D,
  smoothing = 0,
  partners?: { readonly labels: Tensor1D; readonly share: number },
): Scalar {
  return tf.tidy(() => {
    const classes = logits.shape[1];
    const own = tf.oneHot(labels, classes).toFloat();
    const hard =
      partners === undefined
        ? own
        : tf.add(
            tf.mul(own, 1 - partners.share),
            tf.mul(tf.oneHot(partners.labels, classes).toFloat(), partners.share),
          );
    const targets = smoothing === 0 ? hard : tf.add(tf.mul(hard, 1 - smoothing), smoothing / classes);
    return tf.neg<Scalar>(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
  });
}

/** The value of a scalar. */
export async function numberOf(scalar: Scalar): Promise<number> {
  const [value] = await scalar.data();
  return value as number;
}
