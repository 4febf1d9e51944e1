/** Pixel shards: made from photos, and read; one that is damaged or gone is made again. */
import { availableParallelism } from 'node:os';
import pMap from 'p-map';
import type { ErrorCode } from '../../contracts/errors.js';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { InputSettings, PixelShard, Plan } from '../../contracts/spec/plan.js';
import {
  blankPixelShard,
  decodePixelShard,
  locatePixels,
  pictureBytes,
  type PixelShardContent,
  type StoredPixels,
} from '../../learning/images/pixelShard.js';
import { pictureMemory, type PictureMemory } from '../../learning/images/memory/pictureMemory.js';
import { preprocessImage } from '../../learning/images/preprocessImage.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import { placesOf } from '../../storage/datasets/datasetSightings.js';
import type { LocalCopy } from '../../storage/cache/localCopy.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { ListedImage } from '../plan/imageList.js';
import { SquaresAhead } from './squaresAhead.js';
import { whyLost } from '../shared/lostObject.js';
import { readSplits, type SlicedImages } from '../plan/splitImages.js';

type Dependencies = Pick<ActivityDependencies, 'store' | 'cache' | 'log'>;
type WantedShard = Pick<PixelShard, 'key' | 'split' | 'start' | 'count'>;

/**
 * Pictures of a shard on their way at a time: half of them downloading while the others are decoded. How many there are in the whole
 * process is up to its memory (learning/images/memory/pictureMemory.ts).
 */
const atOnce = Math.min(64, 2 * availableParallelism() + 2);

/** Why a picture is looked for at another address of its version: it is gone, is another one now, or its bucket is gone or closed. */
const elsewhere = new Set<ErrorCode>(['GW_OBJECT_MISSING', 'GW_CORRUPT', 'GW_S3_BUCKET_MISSING', 'GW_S3_CREDENTIALS']);

export interface MakeOptions {
  /** Called after each picture. */
  made?: () => void;
  signal: AbortSignal;
  /** @default the process's own */
  memory?: PictureMemory;
}

/**
 * Makes and stores a shard.
 *
 * @throws GraftworkError GW_CORRUPT naming an image whose bytes are no longer those of the dataset version,
 * GW_OBJECT_MISSING, GW_S3_…
 */
export async function makePixelShard(
  dependencies: Dependencies,
  plan: Pick<Plan, 'input'>,
  shard: WantedShard,
  splits: SlicedImages,
  options: MakeOptions,
): Promise<void> {
  await storePixelShard(dependencies, shard, await computePixelShard(dependencies, plan, shard, splits, options));
}

/** A shard's file, not sealed yet. @throws as `makePixelShard` */
export async function computePixelShard(
  { store, cache }: Pick<Dependencies, 'store' | 'cache'>,
  plan: Pick<Plan, 'input'>,
  shard: WantedShard,
  splits: SlicedImages,
  { made, signal, memory = pictureMemory() }: MakeOptions,
): Promise<Uint8Array> {
  const { count, start } = shard;
  const { file, pixels } = blankPixelShard(count, plan.input.store);
  const each = pictureBytes(plan.input.store);
  const squares = new SquaresAhead(cache, plan.input);
  await pMap(
    splits[shard.split].slice(start, start + count),
    async (image, index) => {
      const square = pixels.subarray(index * each, (index + 1) * each);
      if (!squares.take(image.sha256, square)) {
        square.set(await preprocessPicture(store, image, plan.input, { memory, signal }));
      }
      made?.();
    },
    { concurrency: atOnce, signal },
  );
  return file;
}

/** Stores what `computePixelShard` gave. @throws GraftworkError GW_S3_… */
export async function storePixelShard(
  { cache }: Pick<Dependencies, 'cache'>,
  { key }: Pick<WantedShard, 'key'>,
  file: Uint8Array,
): Promise<void> {
  await cache.storeSealed(objectKeys.pixels(key), file);
}

/** A shard's pixels. @throws as `makePixelShard` */
export function readPixelShard(
  dependencies: Dependencies,
  plan: Plan,
  shard: WantedShard,
  signal: AbortSignal,
): Promise<PixelShardContent> {
  return healed(dependencies, plan, shard, signal, async (object) =>
    decodePixelShard(await dependencies.cache.fetch(object), object),
  );
}

/** A shard's file and where its pixels lie in it. The caller closes the file. @throws as `makePixelShard` */
export function openPixelShard(
  dependencies: Dependencies,
  plan: Plan,
  shard: WantedShard,
  signal: AbortSignal,
): Promise<{ file: LocalCopy; pixels: StoredPixels }> {
  return healed(dependencies, plan, shard, signal, async (object) => {
    const file = await dependencies.cache.open(object);
    try {
      return { file, pixels: await locatePixels(file, object) };
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  });
}

/** Reads a shard's object; makes it again when it is damaged or gone. */
async function healed<T>(
  dependencies: Dependencies,
  plan: Plan,
  shard: WantedShard,
  signal: AbortSignal,
  read: (object: string) => Promise<T>,
): Promise<T> {
  const object = objectKeys.pixels(shard.key);
  try {
    return await read(object);
  } catch (thrown) {
    const reason = whyLost(thrown);
    dependencies.log.warn({ object, reason }, 'a shard of pixels is damaged or missing: it is written again');
    await makePixelShard(dependencies, plan, shard, await readSplits(dependencies, plan, signal), { signal });
    return read(object);
  }
}

/**
 * One picture of a dataset version as the square that is stored of it, from wherever its version was met and it still lies. It is read
 * when there is memory for its file.
 * @throws as `makePixelShard`
 */
export async function preprocessPicture(
  store: ObjectStore,
  image: ListedImage,
  input: InputSettings,
  { memory = pictureMemory(), signal }: Pick<MakeOptions, 'memory' | 'signal'>,
): Promise<Uint8Array> {
  return memory.files.with(
    image.bytes,
    async () => {
      const { bytes, uri } = await readPicture(store, image);
      return preprocessImage(bytes, input, uri, memory);
    },
    signal,
  );
}

async function readPicture(store: ObjectStore, image: ListedImage): Promise<{ bytes: Buffer; uri: string }> {
  let failure: unknown;
  for (const { bucket, key } of placesOf(image, image.roots ?? [])) {
    const source = store.at(bucket);
    try {
      return { bytes: await readAt(source, key, image), uri: source.uri(key) };
    } catch (thrown) {
      if (!(thrown instanceof GraftworkError) || !elsewhere.has(thrown.code)) throw thrown;
      // Where the version was met last is where a person looks.
      failure ??= thrown;
    }
  }
  throw failure;
}

async function readAt(source: ObjectStore, key: string, image: ListedImage): Promise<Buffer> {
  const bytes = await source.get(key, { most: image.bytes }).catch((thrown: unknown) => {
    if (!(thrown instanceof GraftworkError)) throw thrown;
    // What is longer than it was is another file.
    if (thrown.code === 'GW_OBJECT_TOO_LARGE') return undefined;
    throw thrown.code === 'GW_OBJECT_MISSING' ? gone(thrown) : thrown;
  });
  if (bytes === undefined || sha256(bytes) !== image.sha256) throw await changed(source, key, image);
  return bytes;
}

async function changed(source: ObjectStore, key: string, { etag }: ListedImage): Promise<GraftworkError> {
  const uri = source.uri(key);
  // Under the same etag a new ingest would not look at it again.
  return (await source.head(key))?.etag === etag
    ? new GraftworkError('GW_CORRUPT', `${uri} is damaged: its bytes are not the ones that were ingested.`, {
        remedy: 'Put the original image back, then start the run again.',
      })
    : new GraftworkError('GW_CORRUPT', `${uri} has changed since the dataset was ingested.`, {
        remedy: 'Start the run again: the source is then ingested as it is now.',
      });
}

function gone({ code, message }: GraftworkError): GraftworkError {
  return new GraftworkError(code, `${message} It was there when the dataset was ingested.`, {
    remedy: 'Start the run again: the source is then ingested as it is now. To keep the image, put it back first.',
  });
}
