/** Cholesky's factor of a symmetric positive definite matrix, and what is solved with it, in float64. */

/** @param matrix row-major, n × n; not changed @returns L with LLᵀ = matrix, row-major, zero above the diagonal */
export function choleskyFactor(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j]!;
    }
  }
  return lower;
}

/** L⁻¹b. @param right b; not changed */
export function solveLower(lower: Float64Array, n: number, right: Float64Array): Float64Array {
  const solution = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = right[i]!;
    for (let k = 0; k < i; k++) sum -= lower[i * n + k]! * solution[k]!;
    solution[i] = sum / lower[i * n + i]!;
  }
  return solution;
}

/** L⁻¹ transposed: row j holds the solution for the j-th unit vector, so that both are read along their rows. */
export function inverseOfLower(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    inverse[j * n + j] = 1 / lower[j * n + j]!;
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= lower[i * n + k]! * inverse[j * n + k]!;
      inverse[j * n + i] = sum / lower[i * n + i]!;
    }
  }
  return inverse;
}
