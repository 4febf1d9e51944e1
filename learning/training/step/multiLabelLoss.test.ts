import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tf } from '../../tensorflow.js';
import { rightLabels } from '../judging/rightLabels.js';
import { asymmetricLoss, binaryCrossEntropy, crossEntropy, lossesOf, targetsOf } from './loss.js';

const sets = [[0, 2], [1], []];
const multiLabel = { sets, loss: 'binary-cross-entropy' } as const;

function targets(labels: number[], smoothing = 0, partners?: { labels: number[]; share: number }): number[] {
  return tf.tidy(() => [...targetsOf(labels, 3, smoothing, partners, { multiLabel }).dataSync()]);
}

function near(found: readonly number[], wanted: readonly number[]): void {
  assert.equal(found.length, wanted.length);
  for (const [at, value] of wanted.entries()) {
    assert.ok(Math.abs((found[at] ?? NaN) - value) < 1e-5, `${found.join()} instead of ${wanted.join()}`);
  }
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

describe('multi-label losses', () => {
  test('targets are those of single labels where each picture has one, and none where it has none', () => {
    near(targets([0, 1, 2]), [1, 0, 1, 0, 1, 0, 0, 0, 0]);
    near(targets([0, 1, 2], 0.3), [0.9, 0.2, 0.9, 0.1, 0.8, 0.1, 0, 0, 0]);
    const single = tf.tidy(() => [...targetsOf([1], 3, 0.3).dataSync()]);
    near(targets([1], 0.3), single);
  });

  test('mixed pictures have the labels of both, by their shares', () => {
    near(targets([0], 0, { labels: [1], share: 0.25 }), [0.75, 0.25, 0.75]);
    near(targets([0], 0, { labels: [2], share: 0.25 }), [0.75, 0, 0.75]);
  });

  test('the binary cross-entropy is a sum over the labels, and a mean over the pictures', () => {
    const logits = [
      [1, -2, 0.5],
      [80, -80, 0],
    ];
    const found = tf.tidy(() => [
      binaryCrossEntropy(tf.tensor2d(logits), targetsOf([0, 1], 3, 0, undefined, { multiLabel })).dataSync()[0] ?? NaN,
      ...lossesOf(tf.tensor2d(logits), [0, 1], sets).dataSync(),
    ]);
    const first = -Math.log(sigmoid(1)) - Math.log(1 - sigmoid(-2)) - Math.log(sigmoid(0.5));
    near(found, [(first + 160 + Math.log(2)) / 2, first, 160 + Math.log(2)]);
  });

  test('single-label losses of pictures have the mean that training has', () => {
    const [mean, ...each] = tf.tidy(() => {
      const logits = tf.tensor2d([
        [1, -2, 0.5],
        [0, 3, 1],
      ]);
      const losses = lossesOf(logits, [0, 1], undefined);
      return [...crossEntropy(logits, targetsOf([0, 1], 3)).dataSync(), ...losses.dataSync()];
    });
    near([mean ?? NaN], [((each[0] ?? NaN) + (each[1] ?? NaN)) / 2]);
  });

  test('the asymmetric loss is that of the paper, and its gradient is finite', () => {
    const logits = [2, -5, 1];
    const [value, ...gradient] = tf.tidy(() => {
      const truth = tf.tensor2d([[1, 0, 0]]);
      const { value: loss, grad } = tf.valueAndGrad((z) => asymmetricLoss(z.as2D(1, 3), truth))(
        tf.tensor2d([logits]),
      ) as never as {
        value: { dataSync(): Float32Array };
        grad: { dataSync(): Float32Array };
      };
      return [...loss.dataSync(), ...grad.dataSync()];
    });
    // Of −5 the probability is below the margin, so it does not count.
    const p = sigmoid(1) - 0.05;
    near([value ?? NaN], [-Math.log(sigmoid(2)) - p ** 4 * Math.log(1 - p)]);
    assert.ok(gradient.every(Number.isFinite));
    assert.equal(gradient[1], 0);
  });

  test('a picture is right where its likeliest label is, and without labels where none is likely', () => {
    const right = tf.tidy(() => [
      ...rightLabels(
        [0, 0, 1, 2, 2],
        tf.tensor2d([
          [0, -1, 3],
          [0, 4, 3],
          [-3, -1, -2],
          [-1, -2, -3],
          [1, -2, -3],
        ]),
        sets,
      ).dataSync(),
    ]);
    assert.deepEqual(right.map(Boolean), [true, false, true, true, false]);
  });
});
