/** Temperature scaling (Guo et al. 2017): one number by which logits are divided, so that confidence is what comes true. Pure. */

/** Temperatures lie between 1/16 and 16. */
const widest = Math.log(16);
/** Each step at least halves what Newton's method does not shrink faster. */
const steps = 60;
const precise = 1e-13;

/** Scores before the softmax, and what is right. */
export interface LabelledLogits {
  /** Row-major [labels.length, classes]. */
  logits: ArrayLike<number>;
  labels: ArrayLike<number>;
}

/** Pictures whose labels are drawn by a network's own probabilities at a temperature. */
export interface TemperaturePrior {
  pictures: number;
  temperature: number;
}

/**
 * The temperature at which the mean cross-entropy of these rows is the least, to a relative 1e-9. The mean is convex in
 * 1/temperature, so it has one minimum.
 *
 * @param prior counts beside the rows: it keeps the temperature near its own where they are few, and means little beside many
 *   @default the plain optimum
 * @returns 1/16 to 16; that of the prior where there is no row
 */
export function bestTemperature(
  { logits, labels }: LabelledLogits,
  { pictures: prior, temperature }: TemperaturePrior = { pictures: 0, temperature: 1 },
): number {
  const count = labels.length;
  if (count === 0) return temperature;
  const rows = rowsOf(logits, count);
  // The derivative of the sum by β = 1/temperature is Σ (mean logit under the softmax at β) − (logit of the label).
  const own = prior === 0 ? 0 : rows.reduce((sum, row) => sum + moments(row, 1 / temperature).mean, 0);
  const right = rows.reduce((sum, row, index) => sum + (row[labels[index] as number] as number), 0);
  const target = right + (prior / count) * own;
  const weight = 1 + prior / count;
  let [low, high] = [-widest, widest];
  let at = 0;
  for (let step = 0; step < steps && high - low > precise; step++) {
    const sharpness = Math.exp(at);
    let [mean, variance] = [0, 0];
    for (const row of rows) {
      const found = moments(row, sharpness);
      mean += found.mean;
      variance += found.variance;
    }
    const slope = weight * mean - target;
    if (slope > 0) high = at;
    else low = at;
    // Newton's step for ln β, where it stays between the bounds; otherwise their middle.
    const next = at - slope / (weight * variance * sharpness);
    const moved = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(moved - at) < precise) break;
    at = moved;
  }
  return Math.exp(-at);
}

/** Mean cross-entropy at a temperature, nats. @throws RangeError when there is no row */
export function meanLoss({ logits, labels }: LabelledLogits, temperature = 1): number {
  const losses = lossesAt(logits, labels, temperature);
  if (losses.length === 0) throw new RangeError('no row to measure a loss on');
  return losses.reduce((sum, value) => sum + value, 0) / losses.length;
}

/** Cross-entropy of each row at a temperature, nats. @param logits row-major [labels.length, classes] */
export function lossesAt(logits: ArrayLike<number>, labels: ArrayLike<number>, temperature: number): number[] {
  return rowsOf(logits, labels.length).map((row, index) => {
    const highest = highestOf(row);
    let total = 0;
    for (const value of row) total += Math.exp((value - highest) / temperature);
    return Math.log(total) - ((row[labels[index] as number] as number) - highest) / temperature;
  });
}

/** softmax(logits / temperature) of each row, in double precision. @param logits row-major, `classes` to a row */
export function probabilitiesAt(logits: ArrayLike<number>, classes: number, temperature = 1): Float64Array {
  const probabilities = Float64Array.from(logits);
  for (let start = 0; start < probabilities.length; start += classes) {
    const row = probabilities.subarray(start, start + classes);
    const highest = highestOf(row);
    let total = 0;
    for (let i = 0; i < classes; i++) total += row[i] = Math.exp(((row[i] as number) - highest) / temperature);
    for (let i = 0; i < classes; i++) row[i] = (row[i] as number) / total;
  }
  return probabilities;
}

/** Mean and variance of a row's logits under its own softmax at a sharpness (1/temperature). */
function moments(row: Float64Array, sharpness: number): { mean: number; variance: number } {
  const highest = highestOf(row);
  let [total, first, second] = [0, 0, 0];
  for (const value of row) {
    const below = value - highest;
    const weight = Math.exp(below * sharpness);
    total += weight;
    first += weight * below;
    second += weight * below * below;
  }
  const mean = first / total;
  return { mean: mean + highest, variance: second / total - mean * mean };
}

function rowsOf(logits: ArrayLike<number>, count: number): Float64Array[] {
  const all = Float64Array.from(logits);
  const classes = all.length / count;
  return Array.from({ length: count }, (_, index) => all.subarray(index * classes, (index + 1) * classes));
}

function highestOf(row: Float64Array): number {
  let highest = -Infinity;
  for (const value of row) if (value > highest) highest = value;
  return highest;
}
