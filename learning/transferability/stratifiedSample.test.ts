import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stratifiedSample } from './stratifiedSample.js';

const images = (counts: readonly number[]) =>
  counts.flatMap((count, label) => Array.from({ length: count }, (_, i) => ({ sha256: `${label}-${i}`, label })));

function classCounts(chosen: readonly number[], all: readonly { label: number }[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const index of chosen) counts[all[index]!.label]! += 1;
  return counts;
}

test('a small set is taken whole', () => {
  assert.deepEqual(stratifiedSample(images([2, 1]), 3, 0), [0, 1, 2]);
});

test('classes keep their shares, and each has two where it can', () => {
  const all = images([600, 300, 97, 3]);
  const chosen = stratifiedSample(all, 100, 7);
  assert.equal(chosen.length, 100);
  assert.deepEqual(classCounts(chosen, all, 4), [59, 30, 9, 2]);
  assert.deepEqual(
    chosen,
    [...chosen].sort((a, b) => a - b),
  );
});

test('what is chosen depends on the pictures and the seed, not on their order', () => {
  const all = images([50, 50]);
  const names = (list: typeof all, seed: number) =>
    stratifiedSample(list, 20, seed)
      .map((index) => list[index]!.sha256)
      .sort();
  assert.deepEqual(names(all.toReversed(), 1), names(all, 1));
  assert.notDeepEqual(names(all, 2), names(all, 1));
});

test('with very many classes some are sampled, two pictures of each, and never more pictures than were asked for', () => {
  const all = images(new Array<number>(30).fill(10));
  const counts = classCounts(stratifiedSample(all, 20, 0), all, 30);
  assert.deepEqual(counts.toSorted(), [...new Array<number>(20).fill(0), ...new Array<number>(10).fill(2)]);
  assert.notDeepEqual(classCounts(stratifiedSample(all, 20, 1), all, 30), counts);
  assert.deepEqual(stratifiedSample(all.toReversed(), 20, 0).length, 20);
  for (const [classes, each] of [
    [2_000, 2],
    [5_000, 20],
    [600, 1],
  ] as const) {
    const many = images(new Array<number>(classes).fill(each));
    const chosen = stratifiedSample(many, 1_000, 0);
    assert.ok(chosen.length <= 1_000, String(chosen.length));
    assert.equal(new Set(chosen.map((index) => many[index]!.label)).size, 500);
  }
});
