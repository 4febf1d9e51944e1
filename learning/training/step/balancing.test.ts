import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tf } from '../../tensorflow.js';
import { balancedOrder, lossTerms } from './balancing.js';
import { crossEntropy, targetsOf } from './loss.js';

/** 8 pictures of the first class, 2 of the second, none of the third. */
const labels = [0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

function loss(logits: number[][], ...target: Parameters<typeof targetsOf>): number {
  return tf.tidy(() => crossEntropy(tf.tensor2d(logits), targetsOf(...target)).dataSync()[0] as number);
}

function near(found: number, wanted: number): void {
  assert.ok(Math.abs(found - wanted) < 1e-6, `${found} instead of ${wanted}`);
}

describe('balancing', () => {
  test('weights are 1 on the mean over the training pictures, and those of classes alike in sum', () => {
    const { weights = [] } = lossTerms({ imbalance: 'class-weights' }, { labels }, 3);
    assert.deepEqual(weights, [0.625, 2.5, 0]);
    near(
      labels.reduce<number>((sum, label) => sum + (weights[label] ?? 0), 0),
      labels.length,
    );
  });

  test('a weighted picture counts so often, a mixed one as its two classes do', () => {
    const logits = [[1, 0, -1]];
    const plain = loss(logits, [1], 3, 0.1);
    near(loss(logits, [1], 3, 0.1, undefined, { weights: [1, 2.5, 1] }), 2.5 * plain);
    const partners = { labels: [0], share: 0.25 };
    near(
      loss(logits, [1], 3, 0.1, partners, { weights: [2, 4, 1] }),
      (0.75 * 4 + 0.25 * 2) * loss(logits, [1], 3, 0.1, partners),
    );
  });

  test('logits are adjusted by the logarithm of each share, also of a class without pictures', () => {
    const { adjustment = [], shares = [] } = lossTerms({ imbalance: 'logit-adjustment' }, { labels }, 3);
    for (const [label, share] of [0.8, 0.2, 0.05].entries()) near(adjustment[label] ?? NaN, Math.log(share));
    const smoothed = tf.tidy(() => [...targetsOf([1], 3, 0.1, undefined, { shares }).dataSync()]);
    for (const [label, target] of [0.08, 0.92, 0].entries()) near(smoothed[label] ?? NaN, target);
  });

  test('the focal loss is that of the paper', () => {
    assert.deepEqual(lossTerms({ imbalance: 'focal' }, { labels }, 3), { focus: 2 });
    const p = Math.exp(2) / (Math.exp(2) + 1);
    const found = tf.tidy(() => crossEntropy(tf.tensor2d([[2, 0]]), targetsOf([0], 2), 2).dataSync()[0] as number);
    near(found, -((1 - p) ** 2) * Math.log(p));
    assert.deepEqual(lossTerms({ imbalance: undefined }, { labels }, 3), {});
  });

  test('a balanced epoch has each class as often, goes through all of a small class, and is the same for the same key', () => {
    const order = balancedOrder(labels, 1, 'head', 'order', 1);
    assert.deepEqual(order, balancedOrder(labels, 1, 'head', 'order', 1));
    assert.notDeepEqual(order, balancedOrder(labels, 1, 'head', 'order', 2));
    assert.equal(order.length, labels.length);
    const ofSecond = [...order].filter((index) => labels[index] === 1);
    assert.equal(ofSecond.length, 5);
    assert.deepEqual(new Set(ofSecond), new Set([4, 9]));
    assert.equal(new Set([...order].filter((index) => labels[index] === 0)).size, 5);
  });
});
