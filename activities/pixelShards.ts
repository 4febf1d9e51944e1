/** Pixel shards: made from photos, and read; one that is damaged or gone is made again. */
import { availableParallelism } from 'node:os';
import pMap from 'p-map';
import { GraftworkError } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import type { InputSettings, PixelShard, Plan } from '../contracts/plan.js';
import { decodePixelShard, encodePixelShard, type PixelShardContent } from '../learning/images/pixelShard.js';
import { preprocessImage } from '../learning/images/preprocessImage.js';
import { sha256 } from '../storage/contentKey.js';
import type { ObjectStore } from '../storage/objectStore.js';
import type { ActivityDependencies } from './dependencies.js';
import type { ListedImage } from './imageList.js';
import { whyLost } from './lostObject.js';
import { readSplits, type SplitImages } from './splitImages.js';

type Dependencies = Pick<ActivityDependencies, 'store' | 'cache' | 'log'>;

/** Pictures on their way at a time: half of them downloading while the others are decoded. */
const atOnce = 2 * availableParallelism() + 2;

export interface MakeOptions {
  /** Called after each picture. */
  made?: () => void;
  signal: AbortSignal;
}

/**
 * Makes and stores a shard.
 *
 * @throws GraftworkError GW_CORRUPT naming an image whose bytes are no longer those of the dataset version,
 * GW_OBJECT_MISSING, GW_S3_…
 */
export async function makePixelShard(
  { store, cache }: Dependencies,
  plan: Plan,
  shard: Pick<PixelShard, 'key' | 'split' | 'start' | 'count'>,
  splits: SplitImages,
  { made, signal }: MakeOptions,
): Promise<void> {
  const pictures = await pMap(
    splits[shard.split].slice(shard.start, shard.start + shard.count),
    async (image) => {
      const pixels = await preprocess(store, image, plan.input);
      made?.();
      return pixels;
    },
    { concurrency: atOnce, signal },
  );
  await cache.storeSealed(objectKeys.pixels(shard.key), encodePixelShard(pictures, plan.input.store));
}

/** A shard's pixels. @throws as `makePixelShard` */
export async function readPixelShard(
  dependencies: Dependencies,
  plan: Plan,
  shard: Pick<PixelShard, 'key' | 'split' | 'start' | 'count'>,
  signal: AbortSignal,
): Promise<PixelShardContent> {
  const object = objectKeys.pixels(shard.key);
  const read = async (): Promise<PixelShardContent> => decodePixelShard(await dependencies.cache.fetch(object), object);
  try {
    return await read();
  } catch (thrown) {
    const reason = whyLost(thrown);
    dependencies.log.warn({ object, reason }, 'a shard of pixels is damaged or gone: it is made again');
    await makePixelShard(dependencies, plan, shard, await readSplits(dependencies, plan, signal), { signal });
    return read();
  }
}

async function preprocess(store: ObjectStore, image: ListedImage, input: InputSettings): Promise<Uint8Array> {
  const source = store.at(image.bucket);
  const bytes = await source.get(image.key);
  if (sha256(bytes) !== image.sha256) throw await changed(source, image);
  return preprocessImage(bytes, input, source.uri(image.key));
}

async function changed(source: ObjectStore, { key, etag }: ListedImage): Promise<GraftworkError> {
  const uri = source.uri(key);
  // Under the same etag a new ingest would not look at it again.
  return (await source.head(key))?.etag === etag
    ? new GraftworkError('GW_CORRUPT', `${uri} is damaged: its bytes are not those that were ingested.`, {
        remedy: 'Put the image there again, then start the run again.',
      })
    : new GraftworkError('GW_CORRUPT', `${uri} has changed since the dataset was ingested.`, {
        remedy: 'Start the run again: the source is then ingested as it is now.',
      });
}
