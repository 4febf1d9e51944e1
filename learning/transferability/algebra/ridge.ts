/** Ridge regression of a few variables (Hoerl & Kennard 1970); variables are standardised, the mean is not shrunk. */
import { choleskyFactor, inverseOfLower, solveLower } from './cholesky.js';

export interface LinearModel {
  predict(variables: readonly number[]): number;
}

/**
 * @param rows variables of each case; one that never varies is left out of account
 * @param penalty added to each standardised variable's sum of squares: as that many cases without any relation
 * @throws RangeError without a case
 */
export function ridge(rows: readonly (readonly number[])[], targets: readonly number[], penalty: number): LinearModel {
  const [first] = rows;
  if (first === undefined) throw new RangeError('a regression needs at least one case');
  const scales = [...first.keys()].map((k) => standard(rows.map((row) => row[k]!)));
  const z = rows.map((row) => row.map((value, k) => scaled(value, scales[k]!)));
  const centre = mean(targets);
  const matrix = scales.map((_, i) =>
    scales.map((_other, j) => z.reduce((sum, row) => sum + row[i]! * row[j]!, 0) + (i === j ? penalty : 0)),
  );
  const right = scales.map((_, i) => z.reduce((sum, row, n) => sum + row[i]! * (targets[n]! - centre), 0));
  const slopes = solve(matrix, right);
  return {
    predict: (variables) => variables.reduce((sum, value, k) => sum + slopes[k]! * scaled(value, scales[k]!), centre),
  };
}

interface Scale {
  centre: number;
  deviation: number;
}

function standard(values: readonly number[]): Scale {
  const centre = mean(values);
  return { centre, deviation: Math.sqrt(mean(values.map((value) => (value - centre) ** 2))) };
}

function scaled(value: number, { centre, deviation }: Scale): number {
  return deviation > 1e-12 ? (value - centre) / deviation : 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The matrix is symmetric, and the penalty makes it positive definite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length;
  const lower = choleskyFactor(Float64Array.from(matrix.flat()), n);
  const half = solveLower(lower, n, Float64Array.from(right));
  const inverse = inverseOfLower(lower, n);
  return right.map((_, i) => half.reduce((sum, value, k) => sum + inverse[i * n + k]! * value, 0));
}
