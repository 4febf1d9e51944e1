import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formulaNumbers } from '../weights/formula.js';
import { eigenCoordinates } from './eigenCoordinates.js';
import { logme, type LabelledFeatures } from './index.js';
import { nearestNeighbourAccuracy } from './nearestNeighbours.js';
import { scoreFeatures } from './scoreFeatures.js';

const golden = fileURLToPath(new URL('../../../../shared/data/golden/transferability.json', import.meta.url));
const skip = existsSync(golden) ? false : 'the golden file (../shared/data/golden) is not here';

interface Case {
  tag: string;
  N: number;
  D: number;
  classes: number;
  separation: number;
  logme: number;
  knn5_loo: number;
}

function formulaFeatures({ tag, N, D, classes, separation }: Case): LabelledFeatures {
  const [base, centres] = [formulaNumbers(`${tag}.features`, N * D), formulaNumbers(`${tag}.centres`, classes * D)];
  const labels = Int32Array.from({ length: N }, (_, i) => i % classes);
  const features = Float64Array.from(base, (value, i) =>
    Math.max(0, value + separation * centres[labels[Math.floor(i / D)]! * D + (i % D)]!),
  );
  return { features, dimensions: D, labels };
}

test("LogME and 5-NN agree with the authors' implementation", { skip }, async () => {
  for (const expected of JSON.parse(readFileSync(golden, 'utf8')) as Case[]) {
    const features = formulaFeatures(expected);
    const [evidence, accuracy] = [await logme(features), await nearestNeighbourAccuracy(features)];
    assert.ok(Math.abs(evidence - expected.logme) < 1e-4 * Math.abs(expected.logme), `${expected.tag}: ${evidence}`);
    assert.ok(Math.abs(accuracy - expected.knn5_loo) < 1e-9, `${expected.tag}: ${accuracy}`);
  }
});

test('features that separate the classes rank higher', async () => {
  const shape = { tag: 'x', N: 120, D: 30, classes: 4, logme: 0, knn5_loo: 0 };
  const scores: (readonly [number, number])[] = [];
  for (const separation of [0, 0.3, 1]) {
    const features = formulaFeatures({ ...shape, separation });
    scores.push([await logme(features), await nearestNeighbourAccuracy(features)]);
  }
  assert.ok(scores[0]![0] < scores[1]![0] && scores[1]![0] < scores[2]![0]);
  assert.ok(scores[0]![1] < scores[1]![1] && scores[1]![1] <= scores[2]![1]);
});

test('dead and repeated features leave LogME finite', async () => {
  const { features, labels } = formulaFeatures({
    tag: 'y',
    N: 40,
    D: 5,
    classes: 2,
    separation: 0.5,
    logme: 0,
    knn5_loo: 0,
  });
  const wide = Float64Array.from({ length: 40 * 12 }, (_, i) =>
    i % 12 < 10 ? features[Math.floor(i / 12) * 5 + (i % 5)]! : 0,
  );
  assert.ok(Number.isFinite(await logme({ features: wide, dimensions: 12, labels })));
  assert.ok(Number.isFinite(await logme({ features: new Float64Array(40 * 3), dimensions: 3, labels })));
});

test('classes are scored by which pictures they hold, not by their numbers, and others have a turn meanwhile', async () => {
  const features = formulaFeatures({ tag: 'z', N: 90, D: 30, classes: 3, separation: 0.4, logme: 0, knn5_loo: 0 });
  let pauses = 0;
  const pause = (): Promise<void> => Promise.resolve(void (pauses += 1));
  const scores = await scoreFeatures(features, pause);
  const apart = { ...features, labels: Array.from(features.labels, (label) => 1_000_000 * label) };
  assert.deepEqual(await scoreFeatures(apart, pause), scores);
  assert.ok(pauses > 10, String(pauses));
  await assert.rejects(
    scoreFeatures(features, () => Promise.reject(new Error('stopped'))),
    /stopped/,
  );
});

test('eigenvectors diagonalise the matrix, whatever its rank', () => {
  for (const [n, rank] of [
    [1, 1],
    [2, 1],
    [7, 7],
    [30, 30],
    [30, 4],
    [5, 0],
    [90, 12],
  ] as const) {
    const factor = formulaNumbers(`eigen.${n}`, n * rank);
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++)
        for (let k = 0; k < rank; k++) matrix[i * n + j]! += factor[i * rank + k]! * factor[j * rank + k]!;
    }
    const identity = Float64Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));
    const { values, coordinates: vectors } = eigenCoordinates(matrix, n, identity, n);
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        let [inner, product] = [0, 0];
        for (let i = 0; i < n; i++) {
          inner += vectors[a * n + i]! * vectors[b * n + i]!;
          for (let j = 0; j < n; j++) product += vectors[a * n + i]! * matrix[i * n + j]! * vectors[b * n + j]!;
        }
        assert.ok(Math.abs(inner - Number(a === b)) < 1e-10, `n ${n}, rank ${rank}: not orthonormal`);
        assert.ok(Math.abs(product - (a === b ? values[a]! : 0)) < 1e-9, `n ${n}, rank ${rank}: not diagonal`);
      }
    }
  }
});
