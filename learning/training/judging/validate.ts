import { labelsOf } from '../../../contracts/data/labelSets.js';
import { meanAveragePrecision, type ScoredPicture } from '../../metrics/multiLabel/averages.js';
import { tf, type Scalar, type Tensor, type Tensor2D } from '../../tensorflow.js';
import { lossesOf, numberOf } from '../step/loss.js';
import type { LabelledFeatures, Validation } from '../stage/stageInput.js';
import { rightLabels } from './rightLabels.js';

/** Scores that are held at once for a mean average precision: 16 MB. Of more pictures the first ones give it. */
const mostScores = 4 * 1024 * 1024;

/**
 * Top-1 and loss of a model on view 0 of every image; of a multi-label task the mean average precision as well.
 * @param pause awaited after each batch
 */
export async function validate(
  { features, labels, sets }: LabelledFeatures,
  logits: (batch: Tensor) => Tensor2D,
  batchSize: number,
  pause: () => Promise<void>,
): Promise<Validation> {
  let correct = 0;
  let lossSum = 0;
  const scored: ScoredPicture[] = [];
  const batchFrom = (start: number): number[] => {
    const indices = Array.from(
      { length: Math.max(0, Math.min(batchSize, features.count - start)) },
      (_, i) => start + i,
    );
    features.prefetch?.(indices, new Uint8Array(indices.length));
    return indices;
  };
  let next = batchFrom(0);
  let classes = 0;
  for (let start = 0; start < features.count; start += batchSize) {
    const indices = next;
    next = batchFrom(start + batchSize);
    const batch = await features.batch(indices, new Uint8Array(indices.length));
    const truth = indices.map((index) => labels[index] as number);
    const [scores, hits, loss] = tf.tidy((): [Tensor2D, Scalar, Scalar] => {
      const of = logits(batch);
      const right = rightLabels(truth, of, sets);
      return [of, tf.sum(right.toInt()), tf.mean(lossesOf(of, truth, sets))];
    });
    correct += await numberOf(hits);
    lossSum += (await numberOf(loss)) * indices.length;
    if (sets !== undefined && (scored.length + truth.length) * scores.shape[1] <= mostScores) {
      classes = scores.shape[1];
      const rows = await scores.data<'float32'>();
      for (const [row, label] of truth.entries()) {
        scored.push({ scores: rows.subarray(row * classes, (row + 1) * classes), truth: labelsOf(label, sets) });
      }
    }
    tf.dispose([batch, scores, hits, loss]);
    await pause();
  }
  return {
    ...{ top1: correct / features.count, loss: lossSum / features.count },
    ...(sets === undefined || !Number.isFinite(lossSum) ? {} : { mAP: meanAveragePrecision(scored, classes) }),
  };
}
