/** From the curve of a range test to a rate. Pure. */
import type { RangeTest } from '../../../contracts/spec/stages/rangeTest.js';

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

/** Parameters whose loss falls by such a share in the few steps of a test have all to learn still. */
const coldFall = 0.25;

/** A loss so much above its lowest has begun to rise; less is within the noise of small batches. */
const clearRise = 0.1;

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
 * The peak rate a curve proposes, to two digits: what parameters have still to learn shows where to look.
 *
 * A new head's loss falls from ln(classes) to little, and where it does so fastest is a good rate; the peak is twice that, since
 * over a schedule that ends near zero the mean rate is about half the peak. Where the loss is lowest says less: that lies
 * further to the right the smaller the set is, since by then each picture has been seen that often.
 *
 * Parameters that are good already have little to fall, and the noise of that says nothing. There the rise decides:
 * a third of the rate from which on the loss is clearly above its lowest, the margin between the two bounds of Smith 2017.
 *
 * @param points at least two, in the order of their rates
 */
export function proposeRate(points: readonly RangePoint[]): Pick<RangeTest, 'learningRate' | 'reason'> {
  const curve = smoothed(points);
  const rate = (index: number): number => (points[index] as RangePoint).learningRate;
  const lowest = indexOfLeast(curve);
  const [start, least] = [curve[0] as number, curve[lowest] as number];
  const fall = `${(100 * (1 - least / start)).toFixed(0)} %`;
  if (least <= start * (1 - coldFall)) {
    const slopes = curve.slice(1, lowest + 1).map((loss, index) => {
      return (loss - (curve[index] as number)) / Math.log(rate(index + 1) / rate(index));
    });
    const steepest = indexOfLeast(slopes);
    const fastest = Math.sqrt(rate(steepest) * rate(steepest + 1));
    return {
      learningRate: twoDigits(2 * fastest),
      reason: `twice ${twoDigits(fastest)}, where the loss fell fastest (by ${fall} in all)`,
    };
  }
  // The last time it crosses: what it does before is noise.
  const rise = curve.findLastIndex((loss) => loss <= least * (1 + clearRise)) + 1;
  if (rise === points.length) {
    const highest = rate(points.length - 1);
    return {
      learningRate: twoDigits(highest / 10),
      reason: 'a tenth of the highest rate tried: the loss did not rise',
    };
  }
  return {
    learningRate: twoDigits(rate(rise) / 3),
    reason: `a third of ${twoDigits(rate(rise))}, where the loss starts to rise (after falling by ${fall})`,
  };
}

const indexOfLeast = (values: readonly number[]): number =>
  values.reduce((best, value, index) => (value < (values[best] as number) ? index : best), 0);

const twoDigits = (value: number): number => Number(value.toPrecision(2));
