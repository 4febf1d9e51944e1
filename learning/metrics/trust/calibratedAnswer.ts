/** What a calibrated model's answer to a test picture says besides the class. Pure. */
import type { Answer } from '../../../contracts/data/evaluation.js';
import { usualCoverage, type FittedCalibration } from '../../../contracts/data/fittedCalibration.js';
import type { SetMethod } from '../../../contracts/models/predictions.js';
import { predictionSet } from './conformal.js';
import { limitAt } from './keptLimits.js';

/**
 * Adds what the model said before calibration, and its prediction sets.
 *
 * @param row the calibrated probability of each class
 */
export function calibratedAnswer(answer: Answer, row: ArrayLike<number>, fitted: FittedCalibration): Answer {
  const { label, predicted } = answer;
  // softmax(z) from softmax(z / T): powers of T, which sum to 1 again. Averaged over views this is nearly so.
  const powers = Float64Array.from(row, (probability) => probability ** fitted.temperature);
  const total = powers.reduce((sum, value) => sum + value, 0);
  const before = (index: number): number => (powers[index] as number) / total;
  const outcome = (method: SetMethod): { size: number; holds: boolean } => {
    const set = predictionSet(method, row, limitAt(fitted, method, usualCoverage));
    return { size: set.length, holds: set.includes(label) };
  };
  return {
    ...answer,
    uncalibrated: { probability: before(label), confidence: before(predicted) },
    sets: { lac: outcome('lac'), aps: outcome('aps') },
  };
}
