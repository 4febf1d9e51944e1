/** Ridge regression of a few variables (Hoerl & Kennard 1970); variables are standardised, the mean is not shrunk. */
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

/** Cholesky: the matrix is symmetric, and the penalty makes it positive definite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length;
  const lower = matrix.map((row) => [...row]);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      lower[i]![j] = i === j ? Math.sqrt(sum) : sum / lower[j]![j]!;
    }
  }
  const forward: number[] = [];
  for (let i = 0; i < n; i++) {
    const sum = forward.reduce((rest, value, k) => rest - lower[i]![k]! * value, right[i]!);
    forward.push(sum / lower[i]![i]!);
  }
  const solution = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let sum = forward[i]!;
    for (let k = i + 1; k < n; k++) sum -= lower[k]![i]! * solution[k]!;
    solution[i] = sum / lower[i]![i]!;
  }
  return solution;
}
