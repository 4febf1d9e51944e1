/** Scores that are high for pictures unlike the training pictures, and how well one distinguishes. Pure. */
import { ClassMeans, unlikeness } from '../../learning/metrics/trust/likeness.js';
import { choleskyFactor, solveLower } from '../../learning/transferability/algebra/cholesky.js';

/** Pooled features, one row for each picture. */
export interface Rows {
  rows: Float32Array;
  dimensions: number;
}

export interface Learnt {
  /** Weight [classes, dimensions] and bias [classes]. */
  model: { weight: Float32Array; bias: Float32Array };
  train: Rows;
  labels: ArrayLike<number>;
}

type Score = (pictures: Rows) => number[];

/** Neighbours of the kNN score (Sun et al. 2022). */
const neighbours = 10;
/** Share of the scaled identity in a covariance of fewer pictures than features. */
const shrinkage = 0.1;

export function rejectionScores({ model, train, labels }: Learnt): Record<string, Score> {
  const known = rowsOf(train);
  const unitKnown = known.map(unit);
  const learnt = new ClassMeans();
  for (const [index, row] of known.entries()) learnt.add(row, labels[index] as number);
  const means = learnt.means();
  const each =
    (of: (row: Float32Array) => number): Score =>
    (pictures) =>
      rowsOf(pictures).map(of);
  const logits = (row: Float32Array): number[] =>
    Array.from(model.bias, (bias, k) => bias + dot(row, model.weight.subarray(k * row.length, (k + 1) * row.length)));
  return {
    'class means, unit length': each((row) => unlikeness(row, means)),
    'nearest neighbours': each((row) => {
      const own = unit(row);
      return -unitKnown.map((other) => dot(own, other)).sort((a, b) => b - a)[neighbours - 1]!;
    }),
    Mahalanobis: each(mahalanobis(known, labels)),
    'Mahalanobis, unit length': ((of) => each((row) => of(unit(row))))(mahalanobis(unitKnown, labels)),
    // Energy (Liu et al. 2020), and the highest probability (Hendrycks & Gimpel 2017).
    energy: each((row) => -logSumExp(logits(row))),
    'highest probability': each((row) => {
      const own = logits(row);
      return -Math.exp(Math.max(...own) - logSumExp(own));
    }),
  };
}

/** Distance to the nearest class's mean by the covariance that the classes share (Lee et al. 2018). */
function mahalanobis(rows: readonly Float32Array[], labels: ArrayLike<number>): (row: Float32Array) => number {
  const d = rows[0]!.length;
  const classes = [...new Set(Array.from(labels))];
  const means = classes.map((label) => meanOf(rows.filter((_row, index) => labels[index] === label)));
  const covariance = new Float64Array(d * d);
  for (const [index, row] of rows.entries()) {
    const mean = means[classes.indexOf(labels[index] as number)]!;
    const apart = row.map((value, k) => value - mean[k]!);
    for (let i = 0; i < d; i++) {
      const own = apart[i]! / rows.length;
      for (let j = 0; j <= i; j++) covariance[i * d + j]! += own * apart[j]!;
    }
  }
  let trace = 0;
  for (let i = 0; i < d; i++) trace += covariance[i * d + i]!;
  for (let i = 0; i < d * d; i++) covariance[i]! *= 1 - shrinkage;
  for (let i = 0; i < d; i++) covariance[i * d + i]! += (shrinkage * trace) / d;
  const lower = choleskyFactor(covariance, d);
  const white = means.map((mean) => solveLower(lower, d, mean));
  return (row) => {
    const own = solveLower(lower, d, Float64Array.from(row));
    return Math.min(...white.map((mean) => own.reduce((sum, value, k) => sum + (value - mean[k]!) ** 2, 0)));
  };
}

/** Probability that a picture of `outside` has a higher score than one of `inside`; equal ones count half. */
export function areaUnderCurve(inside: readonly number[], outside: readonly number[]): number {
  let wins = 0;
  for (const out of outside) for (const within of inside) wins += out > within ? 1 : out === within ? 0.5 : 0;
  return wins / (inside.length * outside.length);
}

function rowsOf({ rows, dimensions }: Rows): Float32Array[] {
  return Array.from({ length: rows.length / dimensions }, (_, i) =>
    rows.subarray(i * dimensions, (i + 1) * dimensions),
  );
}

function unit(row: Float32Array): Float32Array {
  const length = Math.sqrt(dot(row, row));
  return row.map((value) => (length === 0 ? 0 : value / length));
}

function meanOf(rows: readonly Float32Array[]): Float64Array {
  const sum = new Float64Array(rows[0]!.length);
  for (const row of rows) for (let k = 0; k < row.length; k++) sum[k]! += row[k]! / rows.length;
  return sum;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function logSumExp(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}
