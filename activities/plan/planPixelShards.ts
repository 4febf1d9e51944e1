/** Which images are preprocessed together, and under which key. */
import { splits } from '../../contracts/data/dataset.js';
import type { ImageEntry, Split } from '../../contracts/data/dataset.js';
import type { PixelShard } from '../../contracts/spec/plan.js';
import type { PixelSettings } from '../../learning/images/preprocessImage.js';
import { contentKey } from '../../storage/objects/contentKey.js';

type Shardable = Pick<ImageEntry, 'sha256' | 'split'>;

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
  images: Iterable<Shardable>,
  settings: PixelSettings,
  size: number = usualSize,
): PixelShard[] {
  const planner = new PixelShardPlanner(settings, size);
  for (const image of images) planner.add(image);
  return planner.end();
}

/** What decides about the pixels. What is left out leaves the keys as they were before there was a choice. */
export function keyedPixelSettings(settings: PixelSettings): PixelSettings {
  const { resize, store, crop, interpolation, fit, fill, range } = settings;
  return { resize, store, crop, interpolation, fit, fill, range };
}

/** `planPixelShards` for images that come one by one. */
export class PixelShardPlanner {
  private readonly chunkers: Record<Split, Chunker>;

  constructor(settings: PixelSettings, size: number = usualSize) {
    const keyed = keyedPixelSettings(settings);
    const of = (split: Split): Chunker => new Chunker(split, keyed, size);
    this.chunkers = { train: of('train'), validation: of('validation'), test: of('test') };
  }

  add({ split, sha256 }: Shardable): void {
    this.chunkers[split].add(sha256);
  }

  end(): PixelShard[] {
    return splits.flatMap((split) => this.chunkers[split].end());
  }
}

/** The shards of one split. */
class Chunker {
  private readonly shards: PixelShard[] = [];
  private readonly least: number;
  private start = 0;
  private contents: string[] = [];

  constructor(
    private readonly split: Split,
    private readonly settings: PixelSettings,
    size: number,
  ) {
    this.least = Math.max(1, Math.floor(size / 2));
  }

  add(sha256: string): void {
    const count = this.contents.push(sha256);
    const marked = Number.parseInt(sha256.slice(0, 8), 16) % this.least === 0;
    if (count >= this.least * 3 || (count >= this.least && marked)) this.cut();
  }

  end(): PixelShard[] {
    if (this.contents.length > 0) this.cut();
    return this.shards;
  }

  private cut(): void {
    const count = this.contents.length;
    const key = contentKey(format, { ...this.settings, contents: this.contents });
    this.shards.push({ key, split: this.split, start: this.start, count });
    this.start += count;
    this.contents = [];
  }
}
