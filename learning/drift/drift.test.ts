import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { normal, permutation } from '../random.js';
import { compareShares, upperTail } from './chiSquared.js';
import { discrepancy } from './discrepancy.js';
import { matchedSample } from './matchedSample.js';

describe('the balance of classes', () => {
  test("p-values of the chi-squared distribution are those of PyTorch's gammaincc", () => {
    const known: [x: number, degrees: number, p: number][] = [
      [3.841458820694124, 1, 0.05],
      [0.1, 1, 0.7518296340458492],
      [30, 10, 0.0008566412107753],
      [5, 10, 0.8911780189141513],
      [200, 100, 1.17845e-8],
      [0, 3, 1],
    ];
    for (const [x, degrees, p] of known) {
      assert.ok(Math.abs(upperTail(degrees / 2, x / 2) / p - 1) < 1e-4, `${x}, ${degrees}`);
    }
  });

  test('the same shares of another number are no change, other shares are', () => {
    assert.deepEqual(compareShares([100, 50], [200, 100]), { statistic: 0, degrees: 1, pValue: 1 });
    const found = compareShares([100, 50], [100, 150]);
    // R: chisq.test(matrix(c(100, 50, 100, 150), 2), correct = FALSE)
    assert.ok(found !== null && Math.abs(found.statistic - 26.6667) < 1e-3 && found.pValue < 1e-6);
  });

  test('few pictures of many classes, or of some, are a false alarm about as often as was said', () => {
    const rare = [500, 500, 1, 1, 1, 2, 3];
    const uneven = Array.from({ length: 50 }, (_, i) => Math.ceil(1000 / (i + 1)));
    for (const [sizes, added] of [
      [rare, 5],
      [rare, 50],
      [uneven, 5],
      [uneven, 50],
      [new Array<number>(100).fill(10), 50],
    ] as const) {
      const pictures = sizes.flatMap((size, label) => new Array<number>(size).fill(label));
      let alarms = 0;
      for (let trial = 0; trial < 300; trial++) {
        const drawn = permutation(pictures.length, 'drift of chance', trial).slice(0, added);
        const after = sizes.map(() => 0);
        for (const index of drawn) after[pictures[index] as number]! += 1;
        const before = sizes.map((size, label) => size - (after[label] as number));
        alarms += Number((compareShares(before, after)?.pValue ?? 1) < 0.01);
      }
      assert.ok(alarms <= 12, `${sizes.length} classes, ${added} added: ${alarms} of 300`);
    }
  });

  test('a picture or a few added to classes of the same size are no alarm', () => {
    // The statistic is the same wherever the picture falls, or hardly another: it says nothing.
    const cases: [before: number[], after: number[]][] = [
      [
        [9, 10, 10],
        [1, 0, 0],
      ],
      [
        [99, 100],
        [1, 0],
      ],
      [
        [999, 1000, 1000, 1000],
        [1, 0, 0, 0],
      ],
      [
        [48, 50, 50, 50, 50],
        [1, 0, 0, 0, 0],
      ],
      [
        [19, 20, 19, 20, 20],
        [1, 0, 1, 0, 0],
      ],
    ];
    for (const [before, after] of cases) {
      const pValue = compareShares(before, after)?.pValue;
      assert.ok(pValue !== undefined && pValue > 0.05, `${before.join(' ')}, ${after.join(' ')}: p = ${pValue}`);
    }
  });

  test('a class that is empty on both sides counts for nothing; one class alone has no balance', () => {
    assert.equal(compareShares([10, 0, 10], [10, 0, 10])?.degrees, 1);
    assert.equal(compareShares([10], [20]), null);
    assert.equal(compareShares([10, 5], [0, 0]), null);
  });
});

/** Two classes at different places; the second sample moved by `shift`. */
function sample(count: number, shift: number, seed: string) {
  const dimensions = 8;
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const isSecond = Array.from({ length: count }, (_, i) => i >= count / 2);
  const features = Float32Array.from({ length: count * dimensions }, (_, at) => {
    const row = Math.floor(at / dimensions);
    return normal(seed, at) + 3 * (labels[row] ?? 0) + (isSecond[row] === true ? shift : 0);
  });
  return { features, dimensions, labels, isSecond };
}

describe('how pictures look', () => {
  test('samples of one distribution are called different about as often as chance has it', () => {
    const pValues = Array.from({ length: 20 }, (_, i) => discrepancy(sample(60, 0, `same ${i}`), 99).pValue);
    assert.ok(pValues.filter((p) => p <= 0.05).length <= 4, pValues.join(' '));
  });

  test('a shift is found, the same each time', () => {
    const first = discrepancy(sample(80, 1, 'shifted'));
    assert.ok(first.pValue <= 0.01);
    assert.deepEqual(discrepancy(sample(80, 1, 'shifted')), first);
  });

  test('another balance of classes alone is no shift', () => {
    const { features, dimensions, labels } = sample(120, 0, 'unbalanced');
    // The first sample has three of class 0 for one of class 1, the second the other way round.
    const isSecond = Array.from(labels, (label, i) => (Math.floor(i / 2) % 4 === 0) !== (label === 1));
    assert.ok(discrepancy({ features, dimensions, labels, isSecond }).pValue > 0.05);
  });

  test('with nothing to compare with there is no answer', () => {
    const { isSecond, ...rest } = sample(10, 0, 'alone');
    assert.throws(() => discrepancy({ ...rest, isSecond: isSecond.map(() => true) }), RangeError);
  });
});

test('drift is measured on as many earlier pictures of each class as there are new ones', () => {
  const of = (name: string, count: number, from: string) =>
    Array.from({ length: count }, (_, i) => ({ class: name, sha256: `${from} ${name} ${i}` }));
  const { before, added } = matchedSample(
    [...of('ants', 300, 'old'), ...of('bees', 10, 'old')],
    [...of('ants', 40, 'new'), ...of('bees', 20, 'new'), ...of('wasps', 50, 'new')],
  );
  const counts = (pictures: { class: string }[]) =>
    ['ants', 'bees', 'wasps'].map((name) => pictures.filter((one) => one.class === name).length);
  assert.deepEqual(counts(added), [40, 20, 0]);
  assert.deepEqual(counts(before), [40, 10, 0]);
});
