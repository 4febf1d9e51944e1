/** Which images are preprocessed together, and under which key. */
import { splits } from '../contracts/dataset.js';
import type { ImageEntry } from '../contracts/dataset.js';
import type { PixelShard } from '../contracts/plan.js';
import type { PixelSettings } from '../learning/images/preprocessImage.js';
import { contentKey } from '../storage/contentKey.js';

/** Raise when the same bytes and settings would give other pixels. */
const format = 'pixels/1';

/** 64 squares of 256 pixels are 12.6 MB: large enough for the store, small enough to redo. */
export const pixelShardSize = 64;

/**
 * Shards of consecutive images of one split, in manifest order; train, then validation, then test. A shard's key is the
 * digest of the settings and of its images' contents, whatever their names, labels or place.
 */
export function planPixelShards(
  images: readonly Pick<ImageEntry, 'sha256' | 'split'>[],
  { resize, store, crop, interpolation }: PixelSettings,
  shardSize = pixelShardSize,
): PixelShard[] {
  return splits.flatMap((split) => {
    const members = images.filter((image) => image.split === split);
    return Array.from({ length: Math.ceil(members.length / shardSize) }, (_, index): PixelShard => {
      const start = index * shardSize;
      const contents = members.slice(start, start + shardSize).map(({ sha256 }) => sha256);
      const key = contentKey(format, { resize, store, crop, interpolation, contents });
      return { key, split, start, count: contents.length };
    });
  });
}
