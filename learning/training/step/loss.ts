import { labelsOf, type LabelSets } from '../../../contracts/data/labelSets.js';
import type { LossTerms } from './balancing.js';
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../../tensorflow.js';

/** Second classes of mixed pictures, and the share of them in the target. */
export interface Partners {
  readonly labels: readonly number[];
  readonly share: number;
}

/**
 * What the network is to say: with smoothing ε the target of a class is ε/classes, and 1 − ε more for the true one (Szegedy et
 * al. 2016). Of a picture with several labels each is spread so: a label it has has the target 1 − ε + ε·labels/classes, any other one
 * ε·labels/classes, and a picture without labels has none.
 * @param labels class indices, or with `terms.multiLabel` indices of sets of labels
 * @param terms.weights of the classes; a mixed picture has the mean of its two, weighted as its classes are
 * @param terms.shares by which the smoothing is spread @default evenly
 * @returns [batch, classes], rows of sum 1, or of the picture's weight; of a multi-label task, of its number of labels
 */
export function targetsOf(
  labels: readonly number[],
  classes: number,
  smoothing = 0,
  partners?: Partners,
  { weights, shares, multiLabel }: Pick<LossTerms, 'weights' | 'shares' | 'multiLabel'> = {},
): Tensor2D {
  if (multiLabel !== undefined) return multiHot(labels, classes, smoothing, partners, multiLabel.sets);
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

function multiHot(
  labels: readonly number[],
  classes: number,
  smoothing: number,
  partners: Partners | undefined,
  sets: LabelSets,
): Tensor2D {
  const targets = new Float32Array(labels.length * classes);
  const add = (row: number, label: number, share: number): void => {
    const own = labelsOf(label, sets);
    const spread = (share * smoothing * own.length) / classes;
    for (let at = row * classes; at < (row + 1) * classes; at += 1) targets[at]! += spread;
    for (const index of own) targets[row * classes + index]! += (1 - smoothing) * share;
  };
  for (const [row, label] of labels.entries()) {
    add(row, label, 1 - (partners?.share ?? 0));
    if (partners) add(row, partners.labels[row] as number, partners.share);
  }
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

/**
 * Mean over the pictures of the sum over the labels, in nats: `torch.nn.BCEWithLogitsLoss` times the number of labels.
 * @param logits [batch, labels]
 * @param targets of the same shape, 0 to 1
 */
export function binaryCrossEntropy(logits: Tensor2D, targets: Tensor2D): Scalar {
  return tf.tidy(() => tf.mean<Scalar>(tf.sum(tf.sub(tf.softplus(logits), tf.mul(logits, targets)), 1)));
}

/** m, as published. */
const margin = 0.05;

/**
 * The asymmetric loss (Ridnik et al. 2021, eq. 7) with γ₊ = 0, γ₋ = 4 and m = 0.05: a label that the picture does not have counts by the
 * fourth power of its probability, and not at all below 0.05. Reduced as {@link binaryCrossEntropy}. A target between 0 and 1 is a mean of the
 * two cases.
 */
export function asymmetricLoss(logits: Tensor2D, targets: Tensor2D): Scalar {
  return tf.tidy(() => {
    const present = tf.mul(targets, tf.softplus(tf.neg(logits)));
    const shifted = tf.relu(tf.sub(tf.sigmoid(logits), margin));
    const focus = tf.square(tf.square(shifted));
    const absent = tf.mul(tf.sub(1, targets), tf.mul(focus, tf.neg(tf.log(tf.sub(1, shifted)))));
    return tf.mean<Scalar>(tf.sum(tf.add(present, absent), 1));
  });
}

/**
 * Of each picture, without smoothing: what a stage is judged by, whatever loss it trains with.
 * @param labels as in `targetsOf`
 * @param sets of a multi-label task
 * @returns nats, [batch]
 */
export function lossesOf(logits: Tensor2D, labels: readonly number[], sets: LabelSets | undefined): Tensor1D {
  return tf.tidy(() => {
    const [, classes] = logits.shape;
    if (sets === undefined) {
      const targets = tf.oneHot(tf.tensor1d([...labels], 'int32'), classes);
      return tf.neg(tf.sum<Tensor1D>(tf.mul(tf.logSoftmax(logits), targets), 1));
    }
    const targets = multiHot(labels, classes, 0, undefined, sets);
    return tf.sum<Tensor1D>(tf.sub(tf.softplus(logits), tf.mul(logits, targets)), 1);
  });
}

/** The loss of a batch as its task asks for. */
export function lossOf(logits: Tensor2D, targets: Tensor2D, { focus, multiLabel }: LossTerms): Scalar {
  if (multiLabel === undefined) return crossEntropy(logits, targets, focus);
  return multiLabel.loss === 'asymmetric' ? asymmetricLoss(logits, targets) : binaryCrossEntropy(logits, targets);
}

/** The value of a scalar. */
export async function numberOf(scalar: Scalar): Promise<number> {
  const [value] = await scalar.data();
  return value as number;
}
