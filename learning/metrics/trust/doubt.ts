/** Whether a model's answer is to be doubted, and why. Pure. */
import type { FittedCalibration } from '../../../contracts/data/fittedCalibration.js';
import type { Answer } from '../../../contracts/models/predictions.js';

/**
 * A picture unlike the training pictures has no right answer, however sure the model is; so that is said first.
 *
 * @param calibration of a model of this version; others doubt nothing
 */
export function doubtOf(
  calibration: FittedCalibration | undefined,
  { confidence, unlikeness }: { confidence: number; unlikeness: number | undefined },
): Pick<Answer, 'doubt'> {
  if (calibration === undefined) return {};
  const { unlike, unsureBelow } = calibration;
  if (unlike !== undefined && unlikeness !== undefined && unlikeness > unlike.limit) return { doubt: 'unlike' };
  return confidence < unsureBelow ? { doubt: 'unsure' } : {};
}
