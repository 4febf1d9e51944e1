/** A multi-label model's calibration, from what it makes of labelled pictures that it was not trained on. Pure. */
import { keptCoverages, type FittedCalibration } from '../../../contracts/data/fittedCalibration.js';
import { bestTemperature } from '../trust/temperature.js';
import type { ScoredPicture } from './averages.js';
import { countLabels, fitThresholds, macroF1Of, microF1, plainThreshold } from './decisions.js';
import { labelsCalibration, labelsLoss, rescaled } from './evaluateLabels.js';
import { missLimit } from './sets.js';

/** Pictures as which the model's own probabilities count, as for a single-label model. */
const prior = 8;
const folds = 5;
/** As for a single-label model. */
const digits = 6;

/**
 * One temperature for all labels, at which the binary cross-entropy is the least; a threshold for each label at which its F1 is the highest;
 * limits of prediction sets. Temperature and thresholds are fitted on all pictures. Everything that judges them is measured fold by fold, with
 * those of the other folds, and so are the probabilities that give the limits. A fold has every fifth picture.
 *
 * @param pictures with probabilities at temperature 1
 * @param classes number of labels
 * @throws RangeError when there is no picture
 */
export function fitLabels(pictures: readonly ScoredPicture[], classes: number): FittedCalibration {
  if (pictures.length === 0) throw new RangeError('no picture to fit a temperature on');
  const temperature = Number(temperatureOf(pictures).toPrecision(digits));
  const folded = Array.from({ length: folds }, (_, fold) => {
    const isOwn = (_picture: ScoredPicture, row: number): boolean => row % folds === fold;
    const others = pictures.filter((picture, row) => !isOwn(picture, row));
    const own = temperatureOf(others);
    return {
      pictures: pictures.filter(isOwn).map((picture) => at(picture, own)),
      thresholds: fitThresholds(
        others.map((picture) => at(picture, own)),
        classes,
      ),
    };
  });
  const held = folded.flatMap(({ pictures: own }) => own);
  const counts = (thresholdsOf: (fold: (typeof folded)[number]) => readonly number[]) =>
    folded
      .map((fold) => countLabels(fold.pictures, thresholdsOf(fold)))
      .reduce((sum, fold) =>
        sum.map((own, label) => ({
          support: own.support + (fold[label]?.support ?? 0),
          given: own.given + (fold[label]?.given ?? 0),
          right: own.right + (fold[label]?.right ?? 0),
        })),
      );
  const [plain, fitted] = [
    counts(() => new Array<number>(classes).fill(plainThreshold)),
    counts((fold) => fold.thresholds),
  ];
  const nothing = keptCoverages.map(() => null);
  return {
    temperature,
    count: pictures.length,
    heldOut: {
      loss: [labelsLoss(pictures), labelsLoss(held)],
      expectedCalibrationError: [
        labelsCalibration(pictures).expectedCalibrationError,
        labelsCalibration(held).expectedCalibrationError,
      ],
    },
    unsureBelow: 0,
    sets: { lac: nothing, aps: nothing },
    multiLabel: {
      thresholds: fitThresholds(
        pictures.map((picture) => at(picture, temperature)),
        classes,
      ).map((threshold) => Number(threshold.toPrecision(digits))),
      heldOut: {
        microF1: [microF1(plain), microF1(fitted)],
        macroF1: [macroF1Of(plain), macroF1Of(fitted)],
      },
      limits: keptCoverages.map((coverage) => {
        const limit = missLimit(held, coverage);
        // Rounded down, so that sets never become smaller by it.
        return limit === 0 ? null : Math.floor(limit * 1e7) / 1e7;
      }),
    },
  };
}

/**
 * The temperature at which the binary cross-entropy of these pictures is the least, beside the prior of 8 pictures: each label of each picture is a
 * question of two answers.
 *
 * @param pictures with probabilities at temperature 1
 */
export function temperatureOf(pictures: readonly ScoredPicture[]): number {
  const logits: number[] = [];
  const labels: number[] = [];
  for (const { scores, truth } of pictures) {
    const has = new Set(truth);
    for (let label = 0; label < scores.length; label += 1) {
      logits.push(logitOf(scores[label] ?? 0), 0);
      labels.push(has.has(label) ? 0 : 1);
    }
  }
  const decisions = prior * (labels.length / Math.max(1, pictures.length));
  return bestTemperature({ logits, labels }, { pictures: decisions, temperature: 1 });
}

function at({ scores, truth }: ScoredPicture, temperature: number): ScoredPicture {
  return { truth, scores: Array.from(scores, (score) => rescaled(score, 1 / temperature)) };
}

/** Probabilities of single precision that have become 0 or 1 are very sure. */
function logitOf(probability: number): number {
  const bounded = Math.min(1 - 1e-7, Math.max(1e-30, probability));
  return Math.log(bounded) - Math.log1p(-bounded);
}
