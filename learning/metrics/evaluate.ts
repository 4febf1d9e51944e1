import type { Evaluation } from '../../contracts/evaluation.js';
import { calibration } from './calibration.js';
import { classMetrics, macroF1 } from './classMetrics.js';
import { confusionMatrix } from './confusion.js';
import { wilsonInterval } from './interval.js';
import { argMax, rankOf } from './ranking.js';

/** Least probability in the logarithm, so that one impossible image cannot make the mean infinite. */
const leastProbability = 1e-12;

/** The probabilities of all pictures in one array, as `evaluate` takes them, without a second copy of them on the way. */
export function probabilitiesOf(outcomes: readonly { probabilities: readonly number[] }[]): Float32Array {
  const all = new Float32Array(outcomes.reduce((sum, { probabilities }) => sum + probabilities.length, 0));
  let at = 0;
  for (const { probabilities } of outcomes) {
    all.set(probabilities, at);
    at += probabilities.length;
  }
  return all;
}

/**
 * Everything that is reported about a model's predictions.
 * @param probabilities row-major [labels.length, classes.length], rows summing to 1
 * @param labels true class indices
 * @param topK k values to report; those ≥ the number of classes are left out, since they are always 1
 * @throws RangeError when the sizes do not fit, there is no image, or a probability is not finite
 */
export function evaluate(
  probabilities: Float32Array,
  labels: ArrayLike<number>,
  classes: readonly string[],
  topK: readonly number[],
): Evaluation {
  const count = labels.length;
  const width = classes.length;
  if (count === 0) throw new RangeError('no image to evaluate');
  if (probabilities.length !== count * width) {
    throw new RangeError(`${probabilities.length} probabilities for ${count} images of ${width} classes`);
  }
  if (!probabilities.every(Number.isFinite)) throw new RangeError('a probability is not finite');
  const rows = Array.from({ length: count }, (_, i) => probabilities.subarray(i * width, (i + 1) * width));
  const ranks = rows.map((row, i) => rankOf(row, labels[i] as number));
  const predicted = rows.map(argMax);
  const correct = ranks.map((rank) => rank === 0);
  const confusion = confusionMatrix(labels, predicted, width);
  const perClass = classMetrics(confusion);
  const accuracyWithin = (k: number) => ranks.filter((rank) => rank < k).length / count;
  const nats = rows.map((row, i) => -Math.log(Math.max(leastProbability, row[labels[i] as number] as number)));
  return {
    format: 1,
    count,
    top1: accuracyWithin(1),
    interval: wilsonInterval(correct.filter(Boolean).length, count),
    topK: Object.fromEntries(topK.filter((k) => k < width).map((k) => [String(k), accuracyWithin(k)])),
    loss: nats.reduce((sum, value) => sum + value, 0) / count,
    perClass: perClass.map((metrics, index) => ({ class: classes[index] as string, ...metrics })),
    macroF1: macroF1(perClass),
    confusion,
    calibration: calibration(
      rows.map((row, i) => row[predicted[i] as number] as number),
      correct,
    ),
  };
}
