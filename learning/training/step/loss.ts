import type { LossTerms } from './balancing.js';
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
 * @param terms.weights of the classes; a mixed picture has the mean of its two, weighted as its classes are
 * @param terms.shares by which the smoothing is spread @default evenly
 * @returns [batch, classes], rows of sum 1, or of the picture's weight
 */
export function targetsOf(
  labels: readonly number[],
  classes: number,
  smoothing = 0,
  partners?: Partners,
  { weights, shares }: Pick<LossTerms, 'weights' | 'shares'> = {},
): Tensor2D {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  if (shares !== undefined) for (const at of targets.keys()) targets[at] = smoothing * (shares[at % classes] ?? 0);
  const add = (row: number, label: number, share: number): void => {
    targets[row * classes + label]! += (1 - smoothing) * share;
  };
  for (const [row, label] of labels.entries()) {
    add(row, label, 1 - (partners?.share ?? 0));
    if (partners) add(row, partners.labels[row] as number, partners.share);
  }
  if (weights !== undefined) weigh(targets, labels, classes, weights, partners);
  return tf.tensor2d(targets, [labels.length, classes]);
}

function weigh(
  targets: Float32Array,
  labels: readonly number[],
  classes: number,
  weights: readonly number[],
  partners: Partners | undefined,
): void {
  const share = partners?.share ?? 0;
  for (const [row, label] of labels.entries()) {
    const other = weights[partners?.labels[row] ?? label] ?? 1;
    const weight = (1 - share) * (weights[label] ?? 1) + share * other;
    for (let at = row * classes; at < (row + 1) * classes; at += 1) targets[at] = (targets[at] ?? 0) * weight;
  }
}

/**
 * Mean cross-entropy in nats, as `torch.nn.CrossEntropyLoss`.
 * @param logits [batch, classes]
 * @param targets of the same shape, see `targetsOf`
 * @param focus γ of the focal loss, by whose power of 1 − p each term is multiplied (Lin et al. 2017) @default 0: not at all
 */
export function crossEntropy(logits: Tensor2D, targets: Tensor2D, focus = 0): Scalar {
  return tf.tidy(() => {
    const logs = tf.logSoftmax(logits);
    const terms = tf.mul(targets, logs);
    const focused = focus === 0 ? terms : tf.mul(terms, tf.pow(tf.sub(1, tf.exp(logs)), focus));
    return tf.neg<Scalar>(tf.mean(tf.sum(focused, 1)));
  });
}

/** The value of a scalar. */
export async function numberOf(scalar: Scalar): Promise<number> {
  const [value] = await scalar.data();
  return value as number;
}
