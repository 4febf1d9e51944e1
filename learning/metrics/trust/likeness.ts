/**
 * How unlike its training pictures a picture is: the squared distance of its features, scaled to length 1, to the nearest class's mean
 * of such features. 0 to 4. On four sets against each other it distinguishes as well as ten nearest neighbours and better than energy,
 * the highest probability or Mahalanobis distances (docs/benchmarks.md). It needs a mean for each class and keeps nothing of single
 * pictures. Pure.
 */
import { scoreQuantile } from './conformal.js';

/** Name of the means in the object that holds them. */
export const meansTensor = 'class_means';

/** Adds up what the training pictures of each class look like. */
export class ClassMeans {
  private readonly sums = new Map<number, { count: number; sum: Float64Array }>();

  /** @param features pooled features of one picture */
  add(features: Float32Array, label: number): void {
    const known = this.sums.get(label) ?? { count: 0, sum: new Float64Array(features.length) };
    this.sums.set(label, known);
    known.count += 1;
    for (const [k, value] of unit(features).entries()) known.sum[k]! += value;
  }

  /** Row-major, one row for each class that has pictures; the rows need not be of length 1. */
  means(): Float32Array {
    const rows = [...this.sums]
      .sort(([a], [b]) => a - b)
      .map(([, { count, sum }]) => sum.map((value) => value / count));
    return Float32Array.from(rows.flatMap((row) => Array.from(row)));
  }
}

/** @param features pooled features of one picture @param means row-major, as `ClassMeans` gives them */
export function unlikeness(features: Float32Array, means: Float32Array): number {
  const own = unit(features);
  const dimensions = features.length;
  let nearest = Infinity;
  for (let start = 0; start < means.length; start += dimensions) {
    let distance = 0;
    for (let k = 0; k < dimensions; k++) distance += ((own[k] as number) - (means[start + k] as number)) ** 2;
    nearest = Math.min(nearest, distance);
  }
  return nearest;
}

/** The score as a linear layer on features of length 1, which other runtimes compute: a distance for each mean. */
export interface DistanceLayer {
  /** Row-major, one row for each mean. */
  weights: Float32Array;
  biases: Float32Array;
}

/** |u − m|² is 1 + |m|² − 2 u · m. @param means row-major, as `ClassMeans` gives them */
export function distanceLayer(means: Float32Array, dimensions: number): DistanceLayer {
  const rows = Array.from({ length: means.length / dimensions }, (_, row) =>
    means.subarray(row * dimensions, (row + 1) * dimensions),
  );
  return {
    weights: means.map((value) => -2 * value),
    biases: Float32Array.from(rows, (row) => row.reduce((sum, value) => sum + value * value, 1)),
  };
}

/** Share of pictures like those of validation that are doubted for each reason. */
export const doubtedShare = 0.05;

/** Beyond it lie 5 % of pictures like these; beyond the largest none, where there are fewer than 19. */
export function doubtLimit(scores: readonly number[]): number {
  const limit = scoreQuantile(scores, 1 - doubtedShare);
  return Number.isFinite(limit) ? limit : scores.reduce((most, score) => Math.max(most, score), -Infinity);
}

function unit(features: Float32Array): Float64Array {
  const length = Math.sqrt(features.reduce((sum, value) => sum + value * value, 0));
  return Float64Array.from(features, (value) => (length === 0 ? 0 : value / length));
}
