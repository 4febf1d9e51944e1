/** Which images are preprocessed together, and under which key. */
import { splits } from '../contracts/dataset.js';
import type { ImageEntry } from '../contracts/dataset.js';
import type { PixelShard } from '../contracts/plan.js';
import type { PixelSettings } from '../learning/images/preprocessImage.js';
import { contentKey } from '../storage/contentKey.js';

/** Raise when the same bytes and settings would give other pixels. */
const format = 'pixels/1';

/** 64 squares of 256 pixels are 12.6 MB: large enough for the store, small enough to redo. */
const usualSize = 64;

/**
 * Shards of consecutive images of one split, in manifest order; train, then validation, then test. A shard's key is the
 * digest of the settings and of its images' contents, whatever their names, labels or place.
 *
 * Where a shard ends is decided by the contents too (content-defined chunking, as in rsync and LBFS, Muthitacharoen et
 * al. 2001): an image that is added or removed changes the shard it falls into and perhaps the next one, and the shards
 * behind it keep their keys, so that a grown dataset is preprocessed, and its features computed, where it grew.
 *
 * @param size images in a shard on average; at least half, at most one and a half of it (the last of a split may be less)
 */
export function planPixelShards(
  images: readonly Pick<ImageEntry, 'sha256' | 'split'>[],
  { resize, store, crop, interpolation }: PixelSettings,
  size = usualSize,
): PixelShard[] {
  return splits.flatMap((split) => {
    const contents = images.filter((image) => image.split === split).map(({ sha256 }) => sha256);
    let start = 0;
    return chunks(contents, size).map((chunk): PixelShard => {
      const key = contentKey(format, { resize, store, crop, interpolation, contents: chunk });
      const shard = { key, split, start, count: chunk.length };
      start += chunk.length;
      return shard;
    });
  });
}

function chunks(contents: readonly string[], size: number): string[][] {
  const least = Math.max(1, Math.floor(size / 2));
  const most = least * 3;
  const found: string[][] = [];
  let chunk: string[] = [];
  for (const sha256 of contents) {
    chunk.push(sha256);
    const marked = Number.parseInt(sha256.slice(0, 8), 16) % least === 0;
    if (chunk.length < most && (chunk.length < least || !marked)) continue;
    found.push(chunk);
    chunk = [];
  }
  return chunk.length === 0 ? found : [...found, chunk];
}
