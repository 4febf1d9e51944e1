/** Limits of prediction sets as a model's card has them. Pure. */
import { keptCoverages, type FittedCalibration } from '../../../contracts/data/fittedCalibration.js';
import type { SetMethod } from './conformal.js';

/**
 * The limit at a coverage; between two that are kept, the one that promises more.
 *
 * @param coverage within the kept ones, 0.5 to 0.99
 * @returns Infinity: every class
 */
export function limitAt({ sets }: Pick<FittedCalibration, 'sets'>, method: SetMethod, coverage: number): number {
  return atCoverage(sets[method], coverage);
}

/** As `limitAt` with `lac`, of the pictures of each class; undefined where these limits are not kept. */
export function classLimitsAt({ sets }: Pick<FittedCalibration, 'sets'>, coverage: number): number[] | undefined {
  return sets.lacByClass?.map((limits) => atCoverage(limits, coverage));
}

function atCoverage(limits: readonly (number | null)[], coverage: number): number {
  const index = keptCoverages.findIndex((kept) => kept >= coverage - 1e-9);
  return limits[index] ?? Infinity;
}
