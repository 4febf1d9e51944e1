/** A model's calibration, from what it makes of labelled pictures that it was not trained on. Pure. */
import { keptCoverages, type FittedCalibration } from '../../../contracts/data/fittedCalibration.js';
import { mostClassesInMatrix } from '../../../contracts/data/evaluation.js';
import { calibration } from '../calibration.js';
import { foldsOf } from '../folds.js';
import { argMax } from '../ranking.js';
import type { SetMethod } from '../../../contracts/models/predictions.js';
import { scoreQuantile, setMethods, setScores } from './conformal.js';
import { doubtLimit } from './likeness.js';
import {
  bestTemperature,
  meanLoss,
  probabilitiesAt,
  type LabelledLogits,
  type TemperaturePrior,
} from './temperature.js';

/**
 * Pictures as which a model's own probabilities count where its temperature is fitted. On 37 pictures of ants and bees, nearly all
 * of them recognised, the plain optimum was 0.06 to 0.19, and made the loss on the test two to five times as large.
 */
const fewPictures = 8;
/** Where the usual temperature of such a model is known. */
const morePictures = 40;
const folds = 5;
/** The temperature decides bytes of the stored model: machines that differ in the last digits agree on these. */
const digits = 6;

/**
 * The temperature is fitted on all pictures. Everything that judges it is measured fold by fold, at the temperature of the other
 * folds; so are the scores whose quantiles are the limits of prediction sets.
 *
 * @param classes number of classes
 * @param usual temperature that few pictures do not speak against @default 1, and fewer do
 * @throws RangeError when there is no picture
 */
export function fitCalibration({ logits, labels }: LabelledLogits, classes: number, usual?: number): FittedCalibration {
  const all = { logits: Float64Array.from(logits), labels: Array.from(labels) };
  const prior = { pictures: usual === undefined ? fewPictures : morePictures, temperature: usual ?? 1 };
  const own = heldOutTemperatures(all, classes, prior);
  const rows = all.labels.map((label, index) => {
    const row = all.logits.subarray(index * classes, (index + 1) * classes);
    return { label, row, before: probabilitiesAt(row, classes), after: probabilitiesAt(row, classes, own[index]) };
  });
  const lossAt = (temperatureOf: (index: number) => number): number =>
    rows.reduce((sum, { row, label }, i) => sum + meanLoss({ logits: row, labels: [label] }, temperatureOf(i)), 0) /
    rows.length;
  const errorOf = (side: 'before' | 'after'): number => {
    const predicted = rows.map((row) => argMax(row[side]));
    const confidences = rows.map((row, i) => row[side][predicted[i] as number] as number);
    return calibration(
      confidences,
      rows.map(({ label }, i) => label === predicted[i]),
    ).expectedCalibrationError;
  };
  const limitsOf = (method: SetMethod, some = rows): (number | null)[] => {
    const scores = some.map(({ after, label }) => setScores(method, after)[label] as number);
    return limitsAt(scores);
  };
  const [lac, aps] = setMethods.map((method) => limitsOf(method)) as [(number | null)[], (number | null)[]];
  return {
    temperature: Number(bestTemperature(all, prior).toPrecision(digits)),
    count: rows.length,
    heldOut: {
      loss: [lossAt(() => 1), lossAt((index) => own[index] as number)],
      expectedCalibrationError: [errorOf('before'), errorOf('after')],
    },
    unsureBelow: -doubtLimit(rows.map(({ after }) => -(after[argMax(after)] as number))),
    sets: {
      ...{ lac, aps },
      ...(classes > mostClassesInMatrix
        ? {}
        : {
            lacByClass: Array.from({ length: classes }, (_, k) =>
              limitsOf(
                'lac',
                rows.filter(({ label }) => label === k),
              ),
            ),
          }),
    },
  };
}

/** Of each picture, that which the pictures of the other folds favour. */
function heldOutTemperatures(
  { logits, labels }: { logits: Float64Array; labels: number[] },
  classes: number,
  prior: TemperaturePrior,
): number[] {
  const foldOf = foldsOf(labels, folds);
  const fitted = Array.from({ length: folds }, (_, fold) => {
    const others = labels.flatMap((_label, index) => (foldOf[index] === fold ? [] : [index]));
    const some = new Float64Array(others.length * classes);
    for (const [row, index] of others.entries())
      some.set(logits.subarray(index * classes, (index + 1) * classes), row * classes);
    return bestTemperature({ logits: some, labels: others.map((index) => labels[index] as number) }, prior);
  });
  return foldOf.map((fold) => fitted[fold] as number);
}

/** Rounded up, so that sets never become smaller by it. */
function limitsAt(scores: readonly number[]): (number | null)[] {
  const sorted = scores.toSorted((a, b) => a - b);
  return keptCoverages.map((coverage) => {
    const limit = scoreQuantile(sorted, coverage);
    return Number.isFinite(limit) ? Math.ceil(limit * 1e7) / 1e7 : null;
  });
}
