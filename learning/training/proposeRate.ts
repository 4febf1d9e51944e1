/** From the curve of a range test to a rate. Pure. */
import type { RangeTest } from '../../contracts/rangeTest.js';

/** Loss of one batch before the step that was made at this rate. */
export interface RangePoint {
  readonly learningRate: number;
  /** Nats; may be infinite or NaN at the end. */
  readonly loss: number;
}

/** Width of the smoothing, in powers of ten of the rate: that of a Gaussian's standard deviation. */
const width = 0.15;

/** Losses are cut off at so many times the first: how far a blown-up step throws says nothing. */
const highest = 2;

/** A fall by so much of the beginning's loss is one that the rate was for. */
const leastFall = 0.05;

/** The curve smoothed with a Gaussian over the rate's logarithm, without lag. */
export function smoothed(points: readonly RangePoint[]): number[] {
  const first = points[0]?.loss ?? 0;
  const losses = points.map(({ loss }) => (Number.isFinite(loss) ? Math.min(loss, highest * first) : highest * first));
  const positions = points.map(({ learningRate }) => Math.log10(learningRate));
  return positions.map((at) => {
    const weights = positions.map((position) => Math.exp(-0.5 * ((position - at) / width) ** 2));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.reduce((sum, weight, index) => sum + weight * (losses[index] as number), 0) / total;
  });
}

/**
 * The peak rate a curve proposes, to two digits.
 *
 * A third of the rate at which the smoothed loss is lowest: up to there a step at every rate did good, and a schedule spends
 * many steps at its peak where the test spent one (Smith 2017 takes the largest rate before the loss rises; the margin is
 * for the noise of few steps). Where the loss does not fall, because the parameters are good already, a tenth of the rate at
 * which it has clearly begun to rise.
 *
 * @param points at least two, in the order of their rates
 */
export function proposeRate(points: readonly RangePoint[]): Pick<RangeTest, 'learningRate' | 'reason'> {
  const curve = smoothed(points);
  const rate = (index: number): number => (points[index] as RangePoint).learningRate;
  const start = curve[0] as number;
  const lowest = curve.reduce((best, loss, index) => (loss < (curve[best] as number) ? index : best), 0);
  const fall = 1 - (curve[lowest] as number) / start;
  if (fall >= leastFall) {
    return {
      learningRate: twoDigits(rate(lowest) / 3),
      reason: `a third of ${twoDigits(rate(lowest))}, where the loss was lowest (${(100 * fall).toFixed(0)} % below its beginning)`,
    };
  }
  const rise = curve.findIndex((loss) => loss > start * (1 + leastFall));
  const bound = rise === -1 ? points.length - 1 : rise;
  return {
    learningRate: twoDigits(rate(bound) / 10),
    reason: `a tenth of ${twoDigits(rate(bound))}, ${rise === -1 ? 'the highest tried: the loss neither fell nor rose' : 'where the loss began to rise: it had nowhere fallen'}`,
  };
}

const twoDigits = (value: number): number => Number(value.toPrecision(2));
