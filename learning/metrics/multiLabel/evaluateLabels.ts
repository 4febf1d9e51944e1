/** Everything that is reported about a multi-label model's answers. Pure. */
import type { Answer, Evaluation, TestedSets } from '../../../contracts/data/evaluation.js';
import { usualCoverage, type FittedCalibration } from '../../../contracts/data/fittedCalibration.js';
import { calibration } from '../calibration.js';
import { wilsonInterval } from '../interval.js';
import { argMax } from '../ranking.js';
import { keptLimit } from '../trust/keptLimits.js';
import { meanAveragePrecisionInterval, type ScoredPicture } from './averages.js';
import { givenLabels, labelFigures, macroF1Of, microF1, plainThreshold } from './decisions.js';
import { labelSet, missedShare } from './sets.js';

/** Probabilities are stored so: a figure of 100,000 pictures does not change. */
const digits = 6;
/** Least probability in a logarithm, so that one impossible label cannot make the mean infinite. */
const least = 1e-12;

/**
 * What a multi-label model says of an image.
 * @param row the probability of each label
 * @param label index of its set of labels
 * @param truth the labels it has
 * @throws RangeError when a probability is not finite
 */
export function labelsAnswer(row: ArrayLike<number>, label: number, truth: readonly number[]): Answer {
  const scores = Array.from(row, (probability) => Number(probability.toPrecision(digits)));
  if (!scores.every(Number.isFinite)) throw new RangeError('a probability is not finite');
  const predicted = argMax(scores);
  const confidence = scores[predicted] ?? 0;
  const probability = truth.reduce((most, index) => Math.max(most, scores[index] ?? 0), 0);
  const rank =
    truth.length === 0 ? Number(confidence >= plainThreshold) : scores.filter((score) => score > probability).length;
  return { label, predicted, rank, probability, confidence, scores, truth: [...truth] };
}

/** An answer of a multi-label model. */
export type LabelsAnswer = Answer & { scores: number[]; truth: number[] };

/** Whether these are answers of a multi-label model. */
export function areOfLabels(answers: readonly Answer[]): answers is readonly LabelsAnswer[] {
  return answers.length > 0 && answers.every(({ scores, truth }) => scores !== undefined && truth !== undefined);
}

/**
 * @param classes names of the labels
 * @param fitted the model's calibration; without it each threshold is 0.5
 */
export function evaluateLabels(
  answers: readonly LabelsAnswer[],
  classes: readonly string[],
  fitted?: FittedCalibration,
): Evaluation {
  const count = answers.length;
  const thresholds = fitted?.multiLabel?.thresholds ?? classes.map(() => plainThreshold);
  const figures = labelFigures(answers, thresholds);
  const average = meanAveragePrecisionInterval(answers, classes.length);
  const hits = answers.filter(({ rank }) => rank === 0).length;
  const given = answers.map(({ scores }) => givenLabels(scores, thresholds));
  const exact = answers.filter(({ truth }, row) => isSame(given[row] ?? [], truth)).length;
  const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  return {
    format: 1,
    count,
    top1: hits / count,
    interval: wilsonInterval(hits, count),
    topK: {},
    loss: labelsLoss(answers),
    perClass: figures.map(({ support, given: own, right, f1, averagePrecision }, label) => ({
      ...{ class: classes[label] ?? '', support, precision: ratio(right, own), recall: ratio(right, support), f1 },
      ...{ averagePrecision, threshold: thresholds[label] ?? plainThreshold },
    })),
    macroF1: macroF1Of(figures),
    confusion: [],
    calibration: labelsCalibration(answers),
    ...uncalibratedFigures(answers, fitted),
    multiLabel: {
      mAP: average.mean,
      interval: [average.low, average.high],
      microF1: microF1(figures),
      exactMatch: exact / count,
      labels: answers.reduce((sum, { truth }) => sum + truth.length, 0) / count,
      given: given.reduce((sum, own) => sum + own.length, 0) / count,
      ...testedSets(answers, fitted),
    },
  };
}

/** Mean over the pictures of the binary cross-entropy, summed over the labels. Nats. */
export function labelsLoss(pictures: readonly ScoredPicture[]): number {
  const nats = (probability: number): number => -Math.log(Math.max(least, probability));
  const sum = pictures.reduce((total, { scores, truth }) => {
    const all = Array.from(scores).reduce((own, score) => own + nats(1 - score), 0);
    return total + truth.reduce((own, label) => own + nats(scores[label] ?? 0) - nats(1 - (scores[label] ?? 0)), all);
  }, 0);
  return sum / pictures.length;
}

/** Each probability of each label, and whether it came true. */
export function labelsCalibration(pictures: readonly ScoredPicture[]): Evaluation['calibration'] {
  const confidences: number[] = [];
  const came: boolean[] = [];
  for (const { scores, truth } of pictures) {
    const has = new Set(truth);
    for (let label = 0; label < scores.length; label += 1) {
      confidences.push(scores[label] ?? 0);
      came.push(has.has(label));
    }
  }
  return calibration(confidences, came);
}

/** The probability at another temperature. @param factor by which the logit is multiplied */
export function rescaled(probability: number, factor: number): number {
  const bounded = Math.min(1 - least, Math.max(least, probability));
  return 1 / (1 + Math.exp(-factor * (Math.log(bounded) - Math.log1p(-bounded))));
}

function uncalibratedFigures(
  answers: readonly ScoredPicture[],
  fitted: FittedCalibration | undefined,
): Pick<Evaluation, 'uncalibrated'> {
  if (fitted === undefined) return {};
  const before = answers.map(({ scores, truth }) => ({
    ...{ truth, scores: Array.from(scores, (score) => rescaled(score, fitted.temperature)) },
  }));
  const { expectedCalibrationError } = labelsCalibration(before);
  return { uncalibrated: { loss: labelsLoss(before), expectedCalibrationError } };
}

function testedSets(answers: readonly ScoredPicture[], fitted: FittedCalibration | undefined): { sets?: TestedSets } {
  if (fitted?.multiLabel === undefined) return {};
  const limit = keptLimit(fitted.multiLabel.limits, usualCoverage) ?? 0;
  const sizes = answers.map(({ scores }) => labelSet(scores, limit).length);
  const held = answers.map((answer) => 1 - missedShare(answer, limit));
  const count = answers.length;
  const mean = held.reduce((sum, value) => sum + value, 0) / count;
  const spread = held.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, count - 1);
  const width = 1.96 * Math.sqrt(spread / count);
  return {
    sets: {
      coverage: mean,
      interval: [Math.max(0, mean - width), Math.min(1, mean + width)],
      meanSize: sizes.reduce((sum, size) => sum + size, 0) / count,
      empty: sizes.filter((size) => size === 0).length / count,
    },
  };
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((label) => b.includes(label));
}
