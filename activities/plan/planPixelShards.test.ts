import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Split } from '../../contracts/data/dataset.js';
import { planPixelShards } from './planPixelShards.js';

const input = { resize: 256, store: 256, crop: 224, interpolation: 'bicubic' } as const;

function images(count: number, split: Split, from = 0) {
  return Array.from({ length: count }, (_, index) => ({
    sha256: createHash('sha256')
      .update(`${from + index}`)
      .digest('hex'),
    split,
  }));
}

describe('pixel shards', () => {
  test('cover each split from its first image to its last, in order', () => {
    const all = [...images(1000, 'train'), ...images(40, 'validation', 5000), ...images(200, 'test', 9000)];
    const shards = planPixelShards(all, input);
    for (const split of ['train', 'validation', 'test'] as const) {
      let next = 0;
      for (const { start, count } of shards.filter((shard) => shard.split === split)) {
        assert.equal(start, next);
        assert(count <= 96);
        next += count;
      }
      assert.equal(next, all.filter((image) => image.split === split).length);
    }
    assert(shards.length >= 1240 / 96 && shards.length <= 1240 / 32 + 3);
  });

  test('an image that comes or goes leaves nearly all shards as they are', () => {
    const before = images(3000, 'train');
    const keys = new Set(planPixelShards(before, input).map(({ key }) => key));
    for (const at of [0, 700, 1500, 2999]) {
      const grown = planPixelShards(before.toSpliced(at, 0, ...images(1, 'train', 100_000 + at)), input);
      const shrunk = planPixelShards(before.toSpliced(at, 1), input);
      for (const shards of [grown, shrunk]) {
        const changed = shards.filter(({ key }) => !keys.has(key)).length;
        assert(changed <= 4, `${changed} of ${shards.length} shards changed`);
      }
    }
  });

  test('other settings, other keys; other names and places, the same', () => {
    const keys = (settings: typeof input | { resize: number }) =>
      planPixelShards(images(10, 'train'), { ...input, ...settings }).map(({ key }) => key);
    assert.deepEqual(keys(input), keys({ ...input }));
    assert.notDeepEqual(keys(input), keys({ resize: 288 }));
  });
});
