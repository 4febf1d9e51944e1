import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseCache, memoryBudget, storedCut, tierOf, type FeatureSizes } from './chooseCache.js';

const gibibyte = 1024 ** 3;
/** EfficientNet-Lite0 with the default recipe. */
const lite0: Omit<FeatureSizes, 'rows'> = { pooled: 1280, cut: 28 * 28 * 40, dtype: 'float32', budget: 20 * gibibyte };
const tiers = (sizes: Partial<FeatureSizes>): string => {
  const { pooled, cut } = chooseCache({ ...lite0, rows: 1000, ...sizes });
  return `${pooled.tier}/${cut?.tier}`;
};

test('features go to memory while they are small, to disk while they fit, and are recomputed beyond', () => {
  const table: [Partial<FeatureSizes>, string][] = [
    [{}, 'memory/memory'],
    [{ rows: 2139 }, 'memory/memory'],
    [{ rows: 2140 }, 'memory/disk'],
    [{ rows: 100_000 }, 'disk/disk'],
    [{ rows: 164_482 }, 'disk/disk'],
    [{ rows: 164_483 }, 'disk/recompute'],
    // In memory float16 is float32, on disk it is half.
    [{ rows: 2140, dtype: 'float16' }, 'memory/disk'],
    [{ rows: 316_551, dtype: 'float16' }, 'disk/disk'],
    [{ rows: 316_552, dtype: 'float16' }, 'disk/recompute'],
    // The budget holds for both.
    [{ budget: 1_000_000 }, 'disk/recompute'],
    [{ cut: null }, 'memory/undefined'],
  ];
  for (const [sizes, expected] of table) assert.equal(tiers(sizes), expected, JSON.stringify(sizes));
});

test('a decision says its sizes, and what would help', () => {
  const { pooled, cut } = chooseCache({ ...lite0, rows: 200_000 });
  assert.deepEqual(pooled, {
    tier: 'disk',
    dtype: 'float32',
    bytes: 200_000 * 1280 * 4,
    budget: 20 * gibibyte,
    reason: '977 MiB exceed what a stage may hold in memory, but fit the 20 GiB for local disk',
  });
  assert.equal(cut?.bytes, 200_000 * 28 * 28 * 40 * 4);
  assert.equal(
    cut?.reason,
    '23 GiB of activations as float32 exceed the 20 GiB for local disk, so the frozen stages run for every batch; float16 would fit',
  );
  assert.equal(chooseCache({ ...lite0, rows: 10 }).cut?.budget, memoryBudget);
});

test('shards hold no activations that are recomputed; plans that do not say are as they were', () => {
  const cache = chooseCache({ ...lite0, rows: 1_000_000 });
  assert.equal(storedCut({ cut: 'blocks.2', cache }), null);
  assert.equal(storedCut({ cut: 'blocks.2', cache: chooseCache({ ...lite0, rows: 10 }) }), 'blocks.2');
  assert.equal(storedCut({ cut: 'blocks.2' }), 'blocks.2');
  assert.equal(tierOf({}, 'pooled'), 'memory');
});
