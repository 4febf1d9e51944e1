/**
 * Confident learning (Northcutt, Jiang & Chuang 2021): labels that are probably wrong, found from probabilities that a model gives to
 * pictures which it was not trained on. Pure.
 */
import { argMax } from '../ranking.js';
import { bitonicOrder } from './bitonicOrder.js';
import { pairwiseSum } from './pairwiseSum.js';

export interface LabelledProbabilities {
  /** Row-major [labels.length, classes], out of sample. */
  probabilities: ArrayLike<number>;
  /** As given. */
  labels: ArrayLike<number>;
  classes: number;
}

/** Probabilities that differ by as little as this are equal. */
const slack = 1e-6;

/**
 * How many pictures of each given label belong to each class: [given][true], row sums are the labels' counts. A picture counts for
 * the class whose probability reaches that class's mean among its own pictures; the likeliest where several do, none where none does.
 */
export function confidentJoint({ probabilities, labels, classes }: LabelledProbabilities): number[][] {
  const counts = labelCounts(labels, classes);
  const sums = new Float64Array(classes);
  for (const [index, label] of Array.from(labels).entries()) {
    sums[label] = (sums[label] as number) + (probabilities[index * classes + label] as number);
  }
  // No probability reaches 2: nothing belongs to a class that no picture has for a label.
  const thresholds = Array.from(counts, (count, label) => (count === 0 ? 2 : (sums[label] as number) / count));
  const joint = counts.map(() => new Array<number>(classes).fill(0));
  for (const [index, label] of Array.from(labels).entries()) {
    const row = rowOf(probabilities, classes, index);
    const reached = thresholds.flatMap((threshold, k) => ((row[k] as number) >= threshold - slack ? [k] : []));
    const likely = reached.length > 1 ? argMax(row) : reached[0];
    if (likely !== undefined) joint[label]![likely]! += 1;
  }
  for (const [k, row] of joint.entries()) row[k] = Math.max(1, row[k] as number);
  const scaled = joint.map((row, k) => scaledTo(row, counts[k] as number));
  // Nearly 1, for the rows have their sums already. It decides where a cell lies half way between two whole numbers.
  const all = pairwiseSum(scaled.flatMap((_, k) => scaled.map((row) => row[k] as number)));
  return scaled.map((row) => roundedKeepingSum(row.map((value) => (value / all) * labels.length)));
}

/**
 * Pictures whose label is probably wrong, the surest first (`prune_by_noise_rate`: of each label as many for each other class as the
 * joint says, those with the largest margins). Ranked by normalised margin.
 */
export function labelIssues(given: LabelledProbabilities, joint = confidentJoint(given)): number[] {
  const { probabilities, labels, classes } = given;
  const wanted = leavingOneOfEach(joint);
  const found = new Set<number>();
  for (let label = 0; label < classes; label++) {
    const own = Array.from(labels, (one, index) => (one === label ? index : -1)).filter((index) => index >= 0);
    if (own.length <= 1) continue;
    for (let other = 0; other < classes; other++) {
      if (other === label || wanted[label]![other] === 0) continue;
      const margin = (index: number): number =>
        (probabilities[index * classes + other] as number) - (probabilities[index * classes + label] as number);
      const surest = own.toSorted((a, b) => margin(b) - margin(a) || a - b);
      for (const index of surest.slice(0, wanted[label]![other])) found.add(index);
    }
  }
  const quality = normalizedMargins(given);
  return [...found]
    .filter((index) => !isLikeliest(rowOf(probabilities, classes, index), labels[index] as number))
    .sort((a, b) => (quality[a] as number) - (quality[b] as number) || a - b);
}

function isLikeliest(row: Float64Array, label: number): boolean {
  return (row[label] as number) >= row.reduce((most, value) => Math.max(most, value), 0) - slack;
}

/** For each picture how well its label fits, 0 to 1: (probability of the label − the highest of any other class + 1) / 2. */
export function normalizedMargins({ probabilities, labels, classes }: LabelledProbabilities): Float64Array {
  return Float64Array.from(labels, (label, index) => {
    const row = rowOf(probabilities, classes, index);
    const other = row.reduce((most, value, k) => (k === label ? most : Math.max(most, value)), -Infinity);
    return ((row[label] as number) - other + 1) / 2;
  });
}

/** For each picture the probability of its label. */
export function selfConfidences({ probabilities, labels, classes }: LabelledProbabilities): Float64Array {
  return Float64Array.from(labels, (label, index) => probabilities[index * classes + label] as number);
}

/** For each picture ln(1 + x) / x of x = (entropy as a share of the largest) / (probability of the label): 0 to 1, high is good. */
export function confidenceWeightedEntropies(given: LabelledProbabilities): Float64Array {
  const { probabilities, classes } = given;
  return selfConfidences(given).map((own, index) => {
    const row = rowOf(probabilities, classes, index);
    const entropy = row.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0) / Math.log(classes);
    const x = Math.max(least, entropy / Math.max(least, own));
    return Math.log1p(x) / x;
  });
}

/** Divisor at least. */
const least = 1e-6;

/**
 * So many of each label go to each other class that every class keeps a picture of its own: what the diagonal lacks comes in equal
 * parts from the other cells of its class that are not zero.
 */
function leavingOneOfEach(joint: readonly (readonly number[])[]): number[][] {
  const classes = joint.length;
  const left = joint.map((row, given) => {
    const own = Math.max(1, row[given] as number);
    const others = Math.max(1, row.filter((count) => count !== 0).length - 1);
    const lack = (own - (row[given] as number)) / others;
    return row.map((count, k) => (k === given ? own : Math.max(0, count - lack)));
  });
  // Sums of the classes stay whole.
  const byClass = Array.from({ length: classes }, (_, k) => roundedKeepingSum(left.map((row) => row[k] as number)));
  return Array.from({ length: classes }, (_, given) => byClass.map((column) => column[given] as number));
}

function scaledTo(row: readonly number[], total: number): number[] {
  const sum = row.reduce((a, b) => a + b, 0);
  return row.map((value) => (value / sum) * total);
}

/** Whole numbers near these with the same (rounded) sum: what is missing goes to those that were rounded down the most. */
function roundedKeepingSum(values: readonly number[]): number[] {
  const whole = values.map(roundedToEven);
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  const missing = roundedToEven(sum(values)) - sum(whole);
  const order = bitonicOrder(values.map((value, index) => value - (whole[index] as number)));
  if (missing > 0) order.reverse();
  for (const index of order.slice(0, Math.abs(missing))) whole[index]! += Math.sign(missing);
  return whole;
}

/** Halves go to the even neighbour. */
function roundedToEven(value: number): number {
  const down = Math.floor(value);
  const isHalf = value - down === 0.5;
  return isHalf ? down + (down % 2 === 0 ? 0 : 1) : Math.round(value);
}

function labelCounts(labels: ArrayLike<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of Array.from(labels)) counts[label] = (counts[label] as number) + 1;
  return counts;
}

function rowOf(probabilities: ArrayLike<number>, classes: number, index: number): Float64Array {
  return Float64Array.from({ length: classes }, (_, k) => probabilities[index * classes + k] as number);
}
