/**
 * Leave-one-out accuracy of a linear classifier: ridge regression of the classes' indicators on centred features, with an
 * intercept, whose penalty is the mean squared length of a centred feature vector. Every image is predicted by a model of all the
 * others, without training one for each: a linear smoother's error on a case it has not seen is its residual over one minus the
 * case's leverage (Allen 1974; Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, eq. 7.64).
 *
 * It sees what a new head will see and can do what a head can do, so it foretells a head's accuracy where nearest neighbours only
 * put features in order, and needs no more pictures than features, as LogME does.
 */
import { labelsOf } from '../../contracts/data/labelSets.js';
import { meanAveragePrecision } from '../metrics/multiLabel/averages.js';
import { choleskyFactor, inverseOfLower, solveLower } from './algebra/cholesky.js';
import { hasClass, membersOf, type LabelledFeatures, type Labels } from './features.js';
import { gramOf, type Gram } from './gram.js';

/**
 * @param pause awaited every now and then
 * @returns share of images classified rightly, 0 to 1; of several labels an image the mean average precision
 */
export async function linearAccuracy(
  features: LabelledFeatures,
  known?: Gram,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const gram = known ?? (await gramOf(features));
  const { labels, sets } = features;
  const count = labels.length;
  if (count === 0) return 0;
  const classes = membersOf(features).length;
  const leftOut = await (gram.isTall ? primal(features, gram, classes, pause) : dual(features, gram, classes, pause));
  if (sets !== undefined) {
    const scored = Array.from(labels, (label, i) => ({
      scores: leftOut.subarray(i * classes, (i + 1) * classes),
      truth: labelsOf(label, sets),
    }));
    return meanAveragePrecision(scored, classes);
  }
  let right = 0;
  for (let i = 0; i < count; i++) if (largest(leftOut, i * classes, classes) === labels[i]) right++;
  return right / count;
}

/** What the models without each image say of it: row-major, images × classes. */
async function dual(
  labels: Labels,
  { values, size: n }: Gram,
  classes: number,
  pause: () => Promise<void>,
): Promise<Float64Array> {
  const { matrix, penalty } = penalised(values, n, n, meansOfRows(values, n));
  const inverse = inverseOfLower(choleskyFactor(matrix, n), n);
  const predictions = new Float64Array(n * classes);
  for (let c = 0; c < classes; c++) {
    const target = centredIndicator(labels, c);
    const half = new Float64Array(n);
    // Row j of the transposed inverse is column j of the inverse.
    for (let j = 0; j < n; j++) for (let k = j; k < n; k++) half[k]! += inverse[j * n + k]! * target[j]!;
    for (let i = 0; i < n; i++) {
      let [weight, diagonal] = [0, 0];
      for (let k = i; k < n; k++) {
        weight += inverse[i * n + k]! * half[k]!;
        diagonal += inverse[i * n + k]! ** 2;
      }
      predictions[i * classes + c] = Number(hasClass(labels, i, c)) - (penalty * weight) / (penalty * diagonal - 1 / n);
    }
    await pause();
  }
  return predictions;
}

async function primal(
  labelled: LabelledFeatures,
  { values, size: d }: Gram,
  classes: number,
  pause: () => Promise<void>,
): Promise<Float64Array> {
  const { features } = labelled;
  const n = labelled.labels.length;
  const mean = meansOfColumns(features, n, d);
  const { matrix } = penalised(values, d, n, undefined, mean);
  const lower = choleskyFactor(matrix, d);
  const targets = Array.from({ length: classes }, (_, c) => centredIndicator(labelled, c));
  const sums: Float64Array[] = [];
  for (const target of targets) {
    const sum = new Float64Array(d);
    for (let i = 0; i < n; i++) for (let k = 0; k < d; k++) sum[k]! += (features[i * d + k]! - mean[k]!) * target[i]!;
    sums.push(solveLower(lower, d, sum));
    await pause();
  }
  const predictions = new Float64Array(n * classes);
  for (let i = 0; i < n; i++) {
    const z = solveLower(
      lower,
      d,
      Float64Array.from(mean, (value, k) => features[i * d + k]! - value),
    );
    const leverage = 1 / n + dot(z, z);
    for (const [c, sum] of sums.entries()) {
      const residual = targets[c]![i]! - dot(z, sum);
      predictions[i * classes + c] = Number(hasClass(labelled, i, c)) - residual / (1 - leverage);
    }
    await pause();
  }
  return predictions;
}

/**
 * The Gram matrix of centred features, with the penalty on its diagonal.
 * @param rowMeans of FFᵀ; or @param mean of the features, for FᵀF
 */
function penalised(
  gram: Float64Array,
  size: number,
  count: number,
  rowMeans: Float64Array | undefined,
  mean?: Float64Array,
): { matrix: Float64Array; penalty: number } {
  const matrix = gram.slice();
  const grand = rowMeans === undefined ? 0 : rowMeans.reduce((sum, value) => sum + value, 0) / size;
  let trace = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      matrix[i * size + j]! += rowMeans ? grand - rowMeans[i]! - rowMeans[j]! : -count * mean![i]! * mean![j]!;
    }
    trace += matrix[i * size + i]!;
  }
  // Features that are all alike: any penalty will do, and every prediction is the classes' share.
  const penalty = trace > 0 ? trace / count : 1;
  for (let i = 0; i < size; i++) matrix[i * size + i]! += penalty;
  return { matrix, penalty };
}

function meansOfRows(matrix: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j]!;
    return sum / n;
  });
}

function meansOfColumns(features: LabelledFeatures['features'], n: number, d: number): Float64Array {
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let k = 0; k < d; k++) mean[k]! += features[i * d + k]! / n;
  return mean;
}

function centredIndicator(labels: Labels, c: number): Float64Array {
  const indicator = Float64Array.from({ length: labels.labels.length }, (_, i) => Number(hasClass(labels, i, c)));
  const share = indicator.reduce((sum, value) => sum + value, 0) / indicator.length;
  return indicator.map((value) => value - share);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

/** Index of the largest of `length` values, the first of equals. */
function largest(values: Float64Array, start: number, length: number): number {
  let best = 0;
  for (let c = 1; c < length; c++) if (values[start + c]! > values[start + best]!) best = c;
  return best;
}
