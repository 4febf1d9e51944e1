/** Losses that do not depend on how sure of itself a network is as a whole. Pure. */

/** Temperatures tried: a factor of 16 either way. */
const widest = Math.log(16);
const steps = 32;

/**
 * Cross-entropy of each row at the one temperature that makes their mean the least (Guo et al. 2017). Label smoothing and few
 * epochs make a head less sure than it could be, which its loss as it stands counts against it, although it recognises as
 * much; at the best temperature heads can be compared.
 *
 * @param logits row-major [labels.length, classes]
 * @returns nats
 */
export function temperedLosses(logits: Float32Array, labels: ArrayLike<number>): number[] {
  return lossesAt(logits, labels, bestTemperature(logits, labels));
}

/** The temperature at which the mean cross-entropy of these rows is the least. */
export function bestTemperature(logits: Float32Array, labels: ArrayLike<number>): number {
  const mean = (logTemperature: number): number => average(lossesAt(logits, labels, Math.exp(logTemperature)));
  // The mean is convex in 1/temperature, so it has one minimum: golden section.
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [-widest, widest];
  let [a, b] = [high - golden * (high - low), low + golden * (high - low)];
  let [atA, atB] = [mean(a), mean(b)];
  for (let step = 0; step < steps; step++) {
    if (atA < atB) {
      [high, b, atB] = [b, a, atA];
      a = high - golden * (high - low);
      atA = mean(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + golden * (high - low);
      atB = mean(b);
    }
  }
  return Math.exp((low + high) / 2);
}

/** Cross-entropy of each row at a temperature, nats. */
export function lossesAt(logits: Float32Array, labels: ArrayLike<number>, temperature: number): number[] {
  const classes = logits.length / labels.length;
  return Array.from(labels, (label, index) => {
    const row = logits.subarray(index * classes, (index + 1) * classes);
    const highest = row.reduce((most, value) => Math.max(most, value), -Infinity);
    const total = row.reduce((sum, value) => sum + Math.exp((value - highest) / temperature), 0);
    return Math.log(total) - ((row[label] as number) - highest) / temperature;
  });
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
