import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formulaNumbers } from '../weights/formula.js';
import type { LabelledFeatures } from './features.js';
import { linearAccuracy } from './linearAccuracy.js';

function example(n: number, d: number, classes: number, separation: number): LabelledFeatures {
  const noise = formulaNumbers(`linear.${n}.${d}`, n * d);
  const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
  const features = Float64Array.from(noise, (value, i) => {
    const [image, k] = [Math.floor(i / d), i % d];
    return 3 + value + (k % classes === labels[image] ? separation : 0);
  });
  return { features, dimensions: d, labels };
}

/** The same by hand: one model for each image, from all the others, by elimination; the first variable is the intercept. */
function oneByOne({ features, dimensions: d, labels }: LabelledFeatures): number {
  const n = labels.length;
  const rows = Array.from({ length: n }, (_, i) => Array.from(features.subarray(i * d, (i + 1) * d)));
  const mean = rows[0]!.map((_, k) => rows.reduce((sum, row) => sum + row[k]! / n, 0));
  const penalty = rows.reduce((sum, row) => sum + row.reduce((s, x, k) => s + (x - mean[k]!) ** 2, 0), 0) / n;
  const classes = Math.max(...Array.from(labels)) + 1;
  let right = 0;
  for (let left = 0; left < n; left++) {
    const rest = rows.flatMap((row, i) => (i === left ? [] : [{ x: [1, ...row], label: labels[i]! }]));
    const scores = Array.from({ length: classes }, (_, c) => {
      const system = Array.from({ length: d + 1 }, (_row, i) => [
        ...Array.from({ length: d + 1 }, (_column, j) => {
          const sum = rest.reduce((total, { x }) => total + x[i]! * x[j]!, 0);
          return sum + (i === j && i > 0 ? penalty : 0);
        }),
        rest.reduce((total, { x, label }) => total + x[i]! * Number(label === c), 0),
      ]);
      const slopes = eliminate(system);
      return [1, ...rows[left]!].reduce((sum, x, k) => sum + x * slopes[k]!, 0);
    });
    if (scores.indexOf(Math.max(...scores)) === labels[left]) right++;
  }
  return right / n;
}

function eliminate(system: number[][]): number[] {
  const n = system.length;
  for (let i = 0; i < n; i++) {
    for (let below = i + 1; below < n; below++) {
      const factor = system[below]![i]! / system[i]![i]!;
      for (let k = i; k <= n; k++) system[below]![k]! -= factor * system[i]![k]!;
    }
  }
  const solution = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const rest = solution.reduce((sum, value, k) => (k > i ? sum + system[i]![k]! * value : sum), 0);
    solution[i] = (system[i]![n]! - rest) / system[i]![i]!;
  }
  return solution;
}

test('every image is classified as by a model of all the others, with more images than features and with fewer', async () => {
  for (const [n, d, classes, separation] of [
    [40, 6, 3, 0.4],
    [40, 6, 2, 0],
    [24, 30, 3, 0.4],
    [24, 24, 2, 0.3],
    [25, 24, 4, 0.5],
  ] as const) {
    const features = example(n, d, classes, separation);
    assert.equal(await linearAccuracy(features), oneByOne(features), `${n} images, ${d} dimensions`);
  }
});

test('classes far apart are recognised, noise is not, and features that say nothing give no number that is none', async () => {
  assert.equal(await linearAccuracy(example(60, 20, 3, 20)), 1);
  assert.ok((await linearAccuracy(example(200, 300, 2, 0))) < 0.65);
  const labels = [0, 1, 0, 1];
  assert.ok((await linearAccuracy({ features: new Float64Array(4 * 3).fill(2), dimensions: 3, labels })) <= 0.5);
  assert.ok((await linearAccuracy({ features: new Float64Array(4 * 9), dimensions: 9, labels })) <= 0.5);
  assert.equal(await linearAccuracy({ features: new Float64Array(0), dimensions: 3, labels: [] }), 0);
});
