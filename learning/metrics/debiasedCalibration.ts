/**
 * How far confidence is from accuracy, without what chance alone adds. Pure.
 *
 * The plain expected calibration error adds up |accuracy − confidence| of each bin, and chance makes every one of them larger: on 50
 * pictures a perfectly calibrated model has an error of about 0.1. Roelofs et al. 2022 (AISTATS, “Mitigating bias in calibration error
 * estimation”) measure this bias and recommend debiased estimators. Those they name (Bröcker 2012; Ferro & Fricker 2012; Kumar et al.
 * 2019) estimate the *square* of a bin's gap by the product of two independent estimates of it. A limit is on the absolute error, so
 * here the first estimate gives the sign alone, and the second the size. Its mean is 0 for a calibrated bin, the gap for one that is
 * clearly off, and never above the truth.
 *
 * It needs no more than the bins, which every stored evaluation has, so models of all ages are judged by the same measure. That is why
 * it is this one and not ECE_sweep, whose bins depend on every single picture.
 */
import type { Evaluation } from '../../contracts/data/evaluation.js';
import { normalDensity, normalWithin } from './normalDistribution.js';

export type CalibrationBins = Evaluation['calibration']['bins'];

export interface DebiasedCalibration {
  /** The calibration error, 0 to 1. */
  error: number;
  /** Lower bound of the true one: it is at least this with 95 % confidence. */
  low: number;
}

/** Pictures of a bin, at least: gaps of single pictures are all chance, and a model that is off in every bin would seem sound. */
export const leastInBin = 25;
/** One-sided 95 % of the standard normal. */
const z95 = 1.6448536269514722;
/** Pictures as which the confidence itself counts where a bin's accuracy is estimated: a bin of one picture would have no spread. */
const prior = 2;

/** @param bins of equal width; empty ones count for nothing */
export function debiasedCalibration(bins: CalibrationBins): DebiasedCalibration {
  const all = bins.reduce((sum, { count }) => sum + count, 0);
  let error = 0;
  let variance = 0;
  for (const { count, confidence, accuracy } of joined(bins)) {
    const weight = count / all;
    const spread = standardError(count, confidence, accuracy);
    error += weight * debiasedGap(Math.abs(accuracy - confidence), spread);
    variance += (weight * spread) ** 2;
  }
  const low = Math.max(0, error - z95 * Math.sqrt(variance));
  return { error: Math.min(1, Math.max(0, error)), low: Math.min(1, low) };
}

type FilledBin = { [Key in keyof CalibrationBins[number]]: NonNullable<CalibrationBins[number][Key]> };

/** Bins beside each other as one, until each has enough pictures; what is left over at the end goes to the last one. */
function joined(bins: CalibrationBins): FilledBin[] {
  const found: FilledBin[] = [];
  let open: FilledBin | undefined;
  for (const bin of bins) {
    if (bin.count === 0 || bin.confidence === null || bin.accuracy === null) continue;
    const filled = { ...bin, confidence: bin.confidence, accuracy: bin.accuracy };
    open = open === undefined ? filled : join(open, filled);
    if (open.count < leastInBin) continue;
    found.push(open);
    open = undefined;
  }
  if (open === undefined) return found;
  const last = found.pop();
  return [...found, last === undefined ? open : join(last, open)];
}

function join(a: FilledBin, b: FilledBin): FilledBin {
  const count = a.count + b.count;
  const mean = (ofA: number, ofB: number): number => (a.count * ofA + b.count * ofB) / count;
  return {
    ...{ ...b, ...a, count },
    confidence: mean(a.confidence, b.confidence),
    accuracy: mean(a.accuracy, b.accuracy),
  };
}

/** Of a bin's accuracy: no less than it would be if the bin were calibrated. */
function standardError(count: number, confidence: number, accuracy: number): number {
  const share = (count * accuracy + prior * confidence) / (count + prior);
  return Math.sqrt(Math.max(share * (1 - share), confidence * (1 - confidence)) / count);
}

/**
 * Mean of sign(a)·b over all ways to divide a normal observation into two independent halves a and b of the same mean.
 *
 * @param gap that was observed, ≥ 0
 */
function debiasedGap(gap: number, spread: number): number {
  if (spread === 0) return gap;
  const z = gap / spread;
  return gap * normalWithin(z) - 2 * spread * normalDensity(z);
}
