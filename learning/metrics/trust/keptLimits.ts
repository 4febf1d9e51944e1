/** Limits of prediction sets as a model's card has them. Pure. */
import { keptCoverages, type FittedCalibration } from '../../../contracts/data/fittedCalibration.js';
import { GraftworkError } from '../../../contracts/errors.js';
import type { ModelCard } from '../../../contracts/models/modelCard.js';
import type { PredictionSets, SetMethod } from '../../../contracts/models/predictions.js';

/**
 * The limit at a coverage; between two that are kept, the one that promises more.
 *
 * @param coverage within the kept ones, 0.5 to 0.99
 * @returns Infinity: every class
 */
export function limitAt({ sets }: Pick<FittedCalibration, 'sets'>, method: SetMethod, coverage: number): number {
  return atCoverage(sets[method], coverage);
}

/**
 * The limit of each class of a model for the sets that are wanted: the same one, or that of its own pictures.
 *
 * @throws GraftworkError GW_USAGE where the card has no such limits
 */
export function classLimits(
  { name, version, classes, calibration }: Pick<ModelCard, 'name' | 'version' | 'classes' | 'calibration'>,
  { coverage, method, perClass }: PredictionSets,
): number[] {
  const model = `${name}@${version}`;
  if (calibration === undefined) throw uncalibrated(model);
  if (!perClass) {
    const limit = limitAt(calibration, method, coverage);
    if (limit === Infinity) throw tooFew(model, calibration.count, coverage, lowerCoverage(calibration.sets[method]));
    return classes.map(() => limit);
  }
  if (method !== 'lac') {
    throw new GraftworkError('GW_USAGE', `Sets of ${method} have one limit for all classes.`, {
      remedy: 'Use lac for limits of each class, or leave out --per-class.',
    });
  }
  const { lacByClass } = calibration.sets;
  if (lacByClass === undefined) {
    throw new GraftworkError('GW_USAGE', `${model} has too many classes for limits of each: ${classes.length}.`, {
      remedy: 'Leave out --per-class.',
    });
  }
  const limits = lacByClass.map((own) => atCoverage(own, coverage));
  if (limits.every((limit) => limit === Infinity)) {
    throw tooFew(model, calibration.count, coverage, 'leave out --per-class', ' of each class');
  }
  return limits;
}

/**
 * The probability from which a label is in a picture's set, of a multi-label model.
 *
 * @throws GraftworkError GW_USAGE where the card has no such limit
 */
export function labelLimit(
  { name, version, calibration }: Pick<ModelCard, 'name' | 'version' | 'calibration'>,
  { coverage, method, perClass }: PredictionSets,
): number {
  const model = `${name}@${version}`;
  if (perClass || method !== 'lac') {
    throw new GraftworkError('GW_USAGE', `Sets of ${model}, a multi-label model, have one limit and one method.`, {
      remedy: `Leave out ${[...(perClass ? ['--per-class'] : []), ...(method === 'lac' ? [] : [`--sets ${method}`])].join(' and ')}.`,
    });
  }
  const fitted = calibration?.multiLabel;
  if (calibration === undefined || fitted === undefined) throw uncalibrated(model);
  const limit = keptLimit(fitted.limits, coverage);
  if (limit === null) throw tooFew(model, calibration.count, coverage, lowerCoverage(fitted.limits));
  return limit;
}

function uncalibrated(model: string): GraftworkError {
  return new GraftworkError('GW_USAGE', `${model} has no prediction sets: no picture has validated its confidence.`, {
    remedy: 'Train it again with this version and with validation pictures, or leave out --coverage.',
  });
}

/** Every set would hold every class. @param instead what else can be done */
function tooFew(model: string, count: number, coverage: number, instead: string, ofWhich = ''): GraftworkError {
  return new GraftworkError(
    'GW_USAGE',
    `The ${count} pictures that validated ${model} are too few${ofWhich} for sets at ${Math.round(100 * coverage)} %.`,
    { remedy: `Train with more validation pictures, or ${instead}.` },
  );
}

/** The highest coverage that has a limit, as something to do. */
function lowerCoverage(limits: readonly (number | null)[]): string {
  const most = keptCoverages[limits.findLastIndex((limit) => limit !== null)];
  return most === undefined ? 'leave out --coverage' : `ask for a coverage of at most ${most}`;
}

function atCoverage(limits: readonly (number | null)[], coverage: number): number {
  return keptLimit(limits, coverage) ?? Infinity;
}

/** Between two coverages that are kept, the limit that promises more; null where there is none. */
export function keptLimit(limits: readonly (number | null)[], coverage: number): number | null {
  return limits[keptCoverages.findIndex((kept) => kept >= coverage - 1e-9)] ?? null;
}
