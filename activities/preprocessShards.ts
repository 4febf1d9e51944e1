/** Some shards of a plan: photos in, squares of pixels out. */
import { availableParallelism } from 'node:os';
import pMap from 'p-map';
import type { ShardsInput, ShardsOutput } from '../contracts/activities.js';
import type { ImageEntry } from '../contracts/dataset.js';
import { GraftworkError } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import type { InputSettings } from '../contracts/plan.js';
import { encodePixelShard } from '../learning/images/pixelShard.js';
import { preprocessImage } from '../learning/images/preprocessImage.js';
import { sha256 } from '../storage/contentKey.js';
import type { ObjectStore } from '../storage/objectStore.js';
import type { ActivityDependencies } from './dependencies.js';
import type { WorkCallbacks } from './engine.js';
import { readPlan } from './planStore.js';
import { readSplits } from './splitImages.js';

/** Pictures on their way at a time: half of them downloading while the others are decoded. */
const atOnce = 2 * availableParallelism() + 2;

/**
 * Makes the shards `from` to `to` that are not there yet.
 * @throws GraftworkError GW_CORRUPT naming an image whose bytes are no longer those of the dataset version,
 * GW_OBJECT_MISSING, GW_S3_…
 */
export async function preprocessShards(
  { store, cache }: Pick<ActivityDependencies, 'store' | 'cache'>,
  { plan: planDigest, from, to }: ShardsInput,
  { progress, signal }: Pick<WorkCallbacks, 'progress' | 'signal'>,
): Promise<ShardsOutput> {
  const began = Date.now();
  const plan = await readPlan(store, planDigest);
  const shards = plan.pixels.slice(from, to);
  const there = await pMap(shards, ({ key }) => store.exists(objectKeys.pixels(key)), { concurrency: 16, signal });
  const missing = shards.filter((_shard, index) => there[index] !== true);
  const total = shards.reduce((sum, { count }) => sum + count, 0);
  let done = total - missing.reduce((sum, { count }) => sum + count, 0);
  const first = done;
  const report = (): void => {
    const imagesPerSecond = (done - first) / Math.max(0.001, (Date.now() - began) / 1000);
    progress({
      stage: 'preprocess',
      done,
      total,
      unit: 'images',
      ...(done === first ? {} : { imagesPerSecond, secondsLeft: (total - done) / imagesPerSecond }),
    });
  };
  report();
  const bySplit = missing.length === 0 ? undefined : await readSplits(store, plan.datasetVersion);
  for (const shard of missing) {
    const pictures = await pMap(
      bySplit?.[shard.split].slice(shard.start, shard.start + shard.count) ?? [],
      async (image) => {
        const pixels = await preprocess(store, image, plan.input);
        done += 1;
        report();
        return pixels;
      },
      { concurrency: atOnce, signal },
    );
    await cache.store(objectKeys.pixels(shard.key), encodePixelShard(pictures, plan.input.store));
  }
  return {
    cache: {
      hits: shards.length - missing.length,
      misses: missing.length,
      reason: reasonFor(shards.length, missing.length),
    },
    seconds: (Date.now() - began) / 1000,
  };
}

async function preprocess(store: ObjectStore, image: ImageEntry, input: InputSettings): Promise<Uint8Array> {
  const source = store.at(image.bucket);
  const bytes = await source.get(image.key);
  if (sha256(bytes) !== image.sha256) {
    throw new GraftworkError('GW_CORRUPT', `${source.uri(image.key)} has changed since the dataset was ingested.`, {
      remedy: 'Start the run again: the source is then ingested as it is now.',
    });
  }
  return preprocessImage(bytes, input, source.uri(image.key));
}

function reasonFor(all: number, missing: number): string {
  if (missing === 0) return 'the same pictures were preprocessed alike before';
  return missing === all ? 'these pictures are new' : 'some of these pictures are new';
}
