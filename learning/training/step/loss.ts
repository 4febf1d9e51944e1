import { tf, type Scalar, type Tensor2D } from '../../tensorflow.js';

/** Second classes of mixed pictures, and the share of them in the target. */
export interface Partners {
  readonly labels: readonly number[];
  readonly share: number;
}

/**
 * What the network is to say: with smoothing ε the target of a class is ε/classes, and 1 − ε more for the true one (Szegedy et
 * al. 2016).
 * @param labels class indices
 * @returns [batch, classes], rows of sum 1
 */
export function targetsOf(labels: readonly number[], classes: number, smoothing = 0, partners?: Partners): Tensor2D {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  const add = (row: number, label: number, share: number): void => {
    targets[row * classes + label]! += (1 - smoothing) * share;
  };
  for (const [row, label] of labels.entries()) {
    add(row, label, 1 - (partners?.share ?? 0));
    if (partners) add(row, partners.labels[row] as number, partners.share);
  }
  return tf.tensor2d(targets, [labels.length, classes]);
}

/**
 * Mean cross-entropy in nats, as `torch.nn.CrossEntropyLoss`.
 * @param logits [batch, classes]
 * @param targets of the same shape, see `targetsOf`
 */
export function crossEntropy(logits: Tensor2D, targets: Tensor2D): Scalar {
  return tf.tidy(() => tf.neg<Scalar>(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1))));
}

/** The value of a scalar. */
export async function numberOf(scalar: Scalar): Promise<number> {
  const [value] = await scalar.data();
  return value as number;
}
