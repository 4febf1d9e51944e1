/** How far a model's confidence is from what comes true, in words: by the same measure wherever a model is shown. Pure. */
import { debiasedCalibration, type CalibrationBins } from '../../learning/metrics/debiasedCalibration.js';
import { judgeCalibration } from '../../learning/metrics/judgement.js';

/** Beside `calibration error`. */
export function calibrationText(bins: CalibrationBins): string {
  return `${debiasedCalibration(bins).error.toFixed(3)} (debiased), ${judgeCalibration(bins).text}`;
}
