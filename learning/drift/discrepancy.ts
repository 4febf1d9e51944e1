/** Whether two samples of feature vectors come from the same distribution, class by class. Pure. */
import { randomBits } from '../random.js';

export interface FeatureSample {
  /** Row-major [count, dimensions]. */
  features: Float32Array;
  dimensions: number;
  /** Class of each row. */
  labels: Int32Array;
  /** Whether each row is of the second sample. */
  isSecond: readonly boolean[];
}

/**
 * Squared maximum mean discrepancy with a Gaussian kernel as wide as the median distance (Gretton et al. 2012, JMLR 13, p. 723,
 * the biased estimate, which is a squared norm), and the share of permutations that give as much. Rows change sides within their
 * class only, so that another balance of classes is no shift; at most some hundreds of rows: the kernel is a matrix of them all.
 *
 * @param permutations the p-value is a multiple of 1 / (permutations + 1)
 * @throws RangeError when one of the samples is empty
 */
export function discrepancy(
  { features, dimensions, labels, isSecond }: FeatureSample,
  permutations = 499,
): { discrepancy: number; pValue: number } {
  const count = labels.length;
  const second = isSecond.filter(Boolean).length;
  if (second === 0 || second === count) throw new RangeError('there is nothing to compare with');
  const kernel = gaussianKernel(features, count, dimensions);
  const side = Float64Array.from(isSecond, (is) => (is ? 1 / second : -1 / (count - second)));
  const found = quadratic(kernel, side);
  const members = new Map<number, number[]>();
  for (const [row, label] of labels.entries()) members.set(label, [...(members.get(label) ?? []), row]);
  let asMuch = 0;
  for (let permutation = 0; permutation < permutations; permutation++) {
    const shuffled = side.slice();
    for (const rows of members.values()) shuffleRows(shuffled, rows, permutation);
    if (quadratic(kernel, shuffled) >= found) asMuch += 1;
  }
  return { discrepancy: found, pValue: (asMuch + 1) / (permutations + 1) };
}

function gaussianKernel(features: Float32Array, count: number, dimensions: number): Float64Array {
  const distances = new Float64Array(count * count);
  const all: number[] = [];
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) {
        const difference = (features[i * dimensions + d] as number) - (features[j * dimensions + d] as number);
        sum += difference * difference;
      }
      distances[i * count + j] = distances[j * count + i] = sum;
      all.push(sum);
    }
  }
  all.sort((a, b) => a - b);
  const width = all[all.length >> 1] || 1;
  return distances.map((squared) => Math.exp(-squared / width));
}

/** sᵀ K s */
function quadratic(kernel: Float64Array, side: Float64Array): number {
  const count = side.length;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    let row = 0;
    for (let j = 0; j < count; j++) row += (kernel[i * count + j] as number) * (side[j] as number);
    sum += row * (side[i] as number);
  }
  return sum;
}

/** Fisher and Yates, by draws that are a function of the permutation: the same samples always give the same p-value. */
function shuffleRows(values: Float64Array, rows: readonly number[], permutation: number): void {
  for (let i = rows.length - 1; i > 0; i--) {
    const j = randomBits('drift', permutation, i, rows[0] as number) % (i + 1);
    const [a, b] = [rows[i] as number, rows[j] as number];
    [values[a], values[b]] = [values[b] as number, values[a] as number];
  }
}
