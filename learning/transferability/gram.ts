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

export function gramOf({ features, dimensions, labels }: LabelledFeatures): Gram {
  const count = labels.length;
  const isTall = count > dimensions;
  const size = isTall ? dimensions : count;
  const values = new Float64Array(size * size);
  if (isTall) accumulateColumns(values, features, count, dimensions);
  else accumulateRows(values, features, count, dimensions);
  return { isTall, size, values };
}

/** FᵀF. */
function accumulateColumns(gram: Float64Array, f: LabelledFeatures['features'], n: number, d: number): void {
  for (let row = 0; row < n; row++) {
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
function accumulateRows(gram: Float64Array, f: LabelledFeatures['features'], n: number, d: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += f[i * d + k]! * f[j * d + k]!;
      gram[i * n + j] = sum;
      gram[j * n + i] = sum;
    }
  }
}
