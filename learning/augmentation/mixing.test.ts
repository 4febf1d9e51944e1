import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from '../tensorflow.js';
import { drawMixing, mix, type Mixing } from './mixing.js';

const map = [7, 7, 3];
const steps = Array.from({ length: 600 }, (_, step) => step);
const draws = (settings: { mixup: number; cutmix: number }, shape = map): Mixing[] =>
  steps.map((step) => drawMixing(settings, shape, 5, 'head', 1, step) as Mixing);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('nothing is mixed unless asked for; the same step is mixed alike', () => {
  assert.equal(drawMixing({ mixup: 0, cutmix: 0 }, map, 1), null);
  assert.deepEqual(draws({ mixup: 0.4, cutmix: 1 }), draws({ mixup: 0.4, cutmix: 1 }));
});

test('shares are from Beta(α, α): mean 1/2, variance 1/(8α + 4)', () => {
  for (const alpha of [0.01, 0.2, 1, 4]) {
    const shares = draws({ mixup: alpha, cutmix: 0 }).map(({ share }) => share);
    assert.ok(shares.every((share) => share >= 0 && share <= 1));
    assert.ok(Math.abs(mean(shares) - 0.5) < 0.06, `mean at ${alpha}`);
    const variance = mean(shares.map((share) => (share - mean(shares)) ** 2));
    assert.ok(Math.abs(variance - 1 / (8 * alpha + 4)) < 0.02, `variance at ${alpha}`);
  }
});

test('CutMix cuts a rectangle of the map, and its share is that of the cells', () => {
  for (const { share, cells } of draws({ mixup: 0, cutmix: 1 })) {
    assert.ok(cells !== null);
    assert.ok(cells.top >= 0 && cells.left >= 0 && cells.bottom <= 7 && cells.right <= 7);
    assert.equal(share, 1 - ((cells.bottom - cells.top) * (cells.right - cells.left)) / 49);
  }
});

test('pooled features and sequences of tokens have no rectangles to cut: CutMix blends them', () => {
  for (const shape of [[1280], [1, 257, 384]]) {
    assert.ok(draws({ mixup: 0, cutmix: 1 }, shape).every(({ cells }) => cells === null));
  }
});

test('with both, each step draws one of the two', () => {
  const cut = mean(draws({ mixup: 1, cutmix: 1 }).map(({ cells }) => (cells === null ? 0 : 1)));
  assert.ok(Math.abs(cut - 0.5) < 0.1);
});

test('mixing blends everywhere, or puts cells in', () => {
  const [own, partners] = [tf.fill([1, 2, 2, 1], 1), tf.fill([1, 2, 2, 1], 5)];
  const values = (mixing: Mixing): number[] => [...mix(own, partners, mixing).dataSync()];
  assert.deepEqual(values({ share: 0.75, cells: null }), [2, 2, 2, 2]);
  assert.deepEqual(values({ share: 0.5, cells: { top: 0, left: 1, bottom: 2, right: 2 } }), [1, 5, 1, 5]);
});
