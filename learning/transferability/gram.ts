/** The smaller of the two matrices of inner products that features have. */
import type { LabelledFeatures } from './features.js';

export interface Gram {
  /** Whether there are more images than dimensions: then the matrix is FᵀF, else FFᵀ. */
  isTall: boolean;
  /** Edge of the matrix. */
  size: number;
  /** Row-major, size × size. */
  values: Float64Array;
}

/** Rows after which others have a turn. */
const rowsAtOnce = 64;

/** @param pause awaited every now and then */
export async function gramOf(
  { features, dimensions, labels }: LabelledFeatures,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<Gram> {
  const count = labels.length;
  const isTall = count > dimensions;
  const size = isTall ? dimensions : count;
  const values = new Float64Array(size * size);
  const accumulate = isTall ? accumulateColumns : accumulateRows;
  for (let row = 0; row < count; row += rowsAtOnce) {
    accumulate(values, features, [row, Math.min(count, row + rowsAtOnce)], count, dimensions);
    await pause();
  }
  return { isTall, size, values };
}

type Rows = readonly [from: number, to: number];

/** FᵀF. */
function accumulateColumns(
  gram: Float64Array,
  f: LabelledFeatures['features'],
  [from, to]: Rows,
  _n: number,
  d: number,
): void {
  for (let row = from; row < to; row++) {
    const values = f.subarray(row * d, (row + 1) * d);
    for (let i = 0; i < d; i++) {
      const value = values[i]!;
      // Features after a ReLU are mostly zero.
      if (value === 0) continue;
      for (let j = 0; j < d; j++) gram[i * d + j]! += value * values[j]!;
    }
  }
}

/** FFᵀ. */
function accumulateRows(
  gram: Float64Array,
  f: LabelledFeatures['features'],
  [from, to]: Rows,
  n: number,
  d: number,
): void {
  for (let i = from; i < to; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += f[i * d + k]! * f[j * d + k]!;
      gram[i * n + j] = sum;
      gram[j * n + i] = sum;
    }
  }
}
