import { labelsOf, type LabelSets } from '../../../contracts/data/labelSets.js';
import { tf, type Tensor, type Tensor2D } from '../../tensorflow.js';

/**
 * Whether the highest logit is that of the true class, or of one of the true labels. A picture without labels is right where no label is
 * more likely than not.
 *
 * @param labels of the pictures; with sets the indices of theirs
 * @returns booleans, [batch]
 */
export function rightLabels(labels: readonly number[], logits: Tensor2D, sets: LabelSets | undefined): Tensor {
  const best = tf.argMax(logits, 1);
  if (sets === undefined) return tf.equal(best, tf.tensor1d([...labels], 'int32'));
  const [, classes] = logits.shape;
  const has = new Float32Array(labels.length * classes);
  const hasNone = labels.map((label) => Number(labelsOf(label, sets).length === 0));
  for (const [row, label] of labels.entries()) for (const own of labelsOf(label, sets)) has[row * classes + own] = 1;
  const hit = tf.sum(tf.mul(tf.tensor2d(has, [labels.length, classes]), tf.oneHot(best, classes)), 1);
  const silent = tf.mul(tf.tensor1d(hasNone), tf.less(tf.max(logits, 1), 0).toFloat());
  return tf.greater(tf.add(hit, silent), 0);
}
