import type { Answer, Evaluation, TestedSets } from '../../contracts/data/evaluation.js';
import type { FittedCalibration } from '../../contracts/data/fittedCalibration.js';
import { areOfLabels, evaluateLabels } from './multiLabel/evaluateLabels.js';
import { calibration } from './calibration.js';
import { classMetrics, macroF1 } from './classMetrics.js';
import { confusionOf, countConfusion } from './confusion.js';
import { wilsonInterval } from './interval.js';
import { argMax, rankOf } from './ranking.js';
import type { SetMethod } from '../../contracts/models/predictions.js';

/** Least probability in the logarithm, so that one impossible image cannot make the mean infinite. */
const leastProbability = 1e-12;

/**
 * What a model says of each image, as much as any figure needs.
 * @param probabilities row-major [labels.length, classes], rows summing to 1
 * @param labels true class indices
 * @throws RangeError when the sizes do not fit, or a probability is not finite
 */
export function answersOf(probabilities: Float32Array, labels: ArrayLike<number>, classes: number): Answer[] {
  const count = labels.length;
  if (probabilities.length !== count * classes) {
    throw new RangeError(`${probabilities.length} probabilities for ${count} images of ${classes} classes`);
  }
  if (!probabilities.every(Number.isFinite)) throw new RangeError('a probability is not finite');
  return Array.from(labels, (label, image) =>
    answerOf(probabilities.subarray(image * classes, (image + 1) * classes), label),
  );
}

/** The same of one image. @param row the probability of each class @throws RangeError when the label is no class */
export function answerOf(row: ArrayLike<number>, label: number): Answer {
  const rank = rankOf(row, label);
  const predicted = argMax(row);
  return { label, predicted, rank, probability: row[label] as number, confidence: row[predicted] as number };
}

/** What of an answer says whether it is right; the oldest ones have no rank, and one class each. */
export type JudgedAnswer = Pick<Answer, 'label' | 'predicted'> & Partial<Pick<Answer, 'rank' | 'truth'>>;

/** Whether the likeliest class is not right. */
export function isMistake({ label, predicted, truth, rank = 0 }: JudgedAnswer): boolean {
  return truth === undefined ? label !== predicted : rank > 0;
}

/**
 * Everything that is reported about a model's answers.
 * @param topK k values to report; those ≥ the number of classes are left out, since they are always 1
 * @param fitted of a multi-label model: its thresholds, and what it was before calibration
 * @throws RangeError when there is no image, or an answer is no class
 */
export function evaluate(
  answers: readonly Answer[],
  classes: readonly string[],
  topK: readonly number[],
  fitted?: FittedCalibration,
): Evaluation {
  if (areOfLabels(answers)) return evaluateLabels(answers, classes, fitted);
  const count = answers.length;
  const width = classes.length;
  if (count === 0) throw new RangeError('no image to evaluate');
  const cells = countConfusion(answers, width);
  const perClass = classMetrics(cells, width);
  const correct = answers.map(({ rank }) => rank === 0);
  const accuracyWithin = (k: number) => answers.filter(({ rank }) => rank < k).length / count;
  return {
    format: 1,
    count,
    top1: accuracyWithin(1),
    interval: wilsonInterval(correct.filter(Boolean).length, count),
    topK: Object.fromEntries(topK.filter((k) => k < width).map((k) => [String(k), accuracyWithin(k)])),
    loss: meanNats(answers),
    perClass: perClass.map((metrics, index) => ({ class: classes[index] as string, ...metrics })),
    macroF1: macroF1(perClass),
    ...confusionOf(cells, width),
    calibration: calibration(
      answers.map(({ confidence }) => confidence),
      correct,
    ),
    ...uncalibratedFigures(answers, correct),
    ...setFigures(answers),
  };
}

/** Mean cross-entropy, nats. */
function meanNats(answers: readonly Pick<Answer, 'probability'>[]): number {
  const nats = answers.map(({ probability }) => -Math.log(Math.max(leastProbability, probability)));
  return nats.reduce((sum, value) => sum + value, 0) / answers.length;
}

function uncalibratedFigures(
  answers: readonly Answer[],
  correct: readonly boolean[],
): Pick<Evaluation, 'uncalibrated'> {
  const before = answers.flatMap(({ uncalibrated }) => uncalibrated ?? []);
  if (before.length < answers.length) return {};
  const confidences = before.map(({ confidence }) => confidence);
  const { expectedCalibrationError } = calibration(confidences, correct);
  return { uncalibrated: { loss: meanNats(before), expectedCalibrationError } };
}

function setFigures(answers: readonly Answer[]): Pick<Evaluation, 'sets'> {
  const sets = answers.flatMap((answer) => answer.sets ?? []);
  if (sets.length < answers.length) return {};
  const figuresOf = (method: SetMethod): TestedSets => {
    const own = sets.map((both) => both[method]);
    const held = own.filter(({ holds }) => holds).length;
    return {
      coverage: held / own.length,
      interval: wilsonInterval(held, own.length),
      meanSize: own.reduce((sum, { size }) => sum + size, 0) / own.length,
      empty: own.filter(({ size }) => size === 0).length / own.length,
    };
  };
  return { sets: { lac: figuresOf('lac'), aps: figuresOf('aps') } };
}
