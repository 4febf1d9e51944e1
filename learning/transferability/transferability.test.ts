import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  compareTransferability,
  formulaFeatures,
  transferabilityFileSchema,
} from '../parity/transferabilityFigures.js';
import { formulaNumbers } from '../weights/formula.js';
import { eigenCoordinates } from './algebra/eigenCoordinates.js';
import { logme } from './index.js';
import { nearestNeighbourAccuracy } from './nearestNeighbours.js';
import { scoreFeatures } from './scoreFeatures.js';

const golden = fileURLToPath(new URL('../../../../shared/data/golden/transferability.json', import.meta.url));
const skip = existsSync(golden) ? false : 'the golden file (../shared/data/golden) is not here';

test("LogME and 5-NN agree with the authors' implementation", { skip }, async () => {
  for (const expected of transferabilityFileSchema.parse(JSON.parse(readFileSync(golden, 'utf8')))) {
    for (const { tensor, worst } of await compareTransferability(expected)) {
      assert.ok(worst < 1e-6, `${tensor} of ${expected.tag} deviates by ${worst}`);
    }
  }
});

test('features that separate the classes rank higher', async () => {
  const shape = { tag: 'x', N: 120, D: 30, classes: 4 };
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
  });
  const wide = Float64Array.from({ length: 40 * 12 }, (_, i) =>
    i % 12 < 10 ? features[Math.floor(i / 12) * 5 + (i % 5)]! : 0,
  );
  assert.ok(Number.isFinite(await logme({ features: wide, dimensions: 12, labels })));
  assert.ok(Number.isFinite(await logme({ features: new Float64Array(40 * 3), dimensions: 3, labels })));
});

test('classes are scored by which pictures they hold, not by their numbers, and others have a turn meanwhile', async () => {
  const features = formulaFeatures({ tag: 'z', N: 90, D: 30, classes: 3, separation: 0.4 });
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
