/** What is asked of a model by itself, and whether it is met. Pure. */
import type { GateLimit, PromotionPolicy } from '../../contracts/spec/promotion.js';
import type { DebiasedCalibration } from '../metrics/debiasedCalibration.js';
import type { MedianTime } from './medianTime.js';
import { judgeRecalls, type ClassRecall } from './recallLimit.js';

/** Of the challenger. */
export interface Measured {
  perClass: readonly ClassRecall[];
  calibration: DebiasedCalibration;
  bytes: number;
  /** null: no time was taken. */
  milliseconds: MedianTime | null;
}

/** What is measured on a sample breaks a limit only where its 95 % bound does: few pictures alone break none. */
export function checkLimits(policy: PromotionPolicy, measured: Measured): GateLimit[] {
  const { perClass, calibration, bytes, milliseconds } = measured;
  const { leastRecall, mostCalibrationError, mostBytes, mostMilliseconds } = policy;
  const limits: GateLimit[] = [];
  if (leastRecall !== null) limits.push(judgeRecalls(perClass, leastRecall));
  if (mostCalibrationError !== null) {
    limits.push(atMost('calibration error', mostCalibrationError, calibration.error, calibration.low));
  }
  if (mostBytes !== null) limits.push({ what: 'bytes', value: bytes, limit: mostBytes, holds: bytes <= mostBytes });
  if (mostMilliseconds !== null) {
    limits.push(
      milliseconds === null
        ? { what: 'milliseconds', value: null, limit: mostMilliseconds, holds: false }
        : atMost('milliseconds', mostMilliseconds, milliseconds.median, milliseconds.low),
    );
  }
  return limits;
}

function atMost(what: GateLimit['what'], limit: number, value: number, bound: number): GateLimit {
  return { what, value, limit, bound, holds: bound <= limit };
}
