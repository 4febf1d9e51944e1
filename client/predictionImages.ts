/** Puts the images of a prediction where a worker can read them. */
import { extname, join, resolve } from 'node:path';
import pMap from 'p-map';
import { GraftworkError } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import type { ImagesToPredict } from '../contracts/predictions.js';
import { isLeftover } from '../learning/dataset/index.js';
import type { ObjectStore } from '../storage/objectStore.js';
import { parseS3Uri, s3Uri } from '../storage/s3Uri.js';
import { filesOf } from './localFolder.js';
import { factsOf } from './pathFacts.js';
import { sendFile } from './sendFile.js';

/** In a folder only these are taken for images; a file named by itself always is. */
const imageExtensions = new Set(['.avif', '.bmp', '.gif', '.heic', '.jpeg', '.jpg', '.png', '.tif', '.tiff', '.webp']);

const uploadsAtOnce = 16;

/**
 * Writes the list of the images of files, folders and s3:// addresses, in the order given. Local ones are uploaded under
 * the prediction's id; what is in object storage is read from where it lies.
 *
 * @returns the list's key
 * @throws GraftworkError GW_SOURCE_NOT_FOUND naming what does not exist, GW_DATASET_EMPTY when a folder has no image,
 * GW_SOURCE_UNREADABLE, GW_SOURCE_CHANGED; GW_CONFLICT when there is a prediction of that id: nothing of it is changed
 */
export async function bringImages(store: ObjectStore, id: string, sources: readonly string[]): Promise<string> {
  const images = await imagesOf(store, id, sources);
  const key = objectKeys.predictionImages(id);
  await store.putJson(key, { format: 1, images }, { ifAbsent: true });
  return key;
}

async function imagesOf(store: ObjectStore, id: string, sources: readonly string[]): Promise<ImagesToPredict> {
  const stored: { order: number; image: ImagesToPredict[number] }[] = [];
  const local: { order: number; name: string; file: string }[] = [];
  let order = 0;
  for (const source of sources) {
    if (source.startsWith('s3://')) {
      for (const image of await storedImages(store, source)) stored.push({ order: order++, image });
    } else {
      for (const image of await localImages(source)) local.push({ order: order++, ...image });
    }
  }
  if (local.length > 0) await store.requireBucket();
  const uploaded = await pMap(
    local,
    async ({ order, name, file }) => {
      const key = objectKeys.predictionInput(id, order);
      await sendFile(store, key, file, { ifAbsent: true });
      return { order, image: { name, bucket: store.bucket, key } };
    },
    { concurrency: uploadsAtOnce },
  );
  return [...stored, ...uploaded].sort((a, b) => a.order - b.order).map(({ image }) => image);
}

async function localImages(source: string): Promise<{ name: string; file: string }[]> {
  const path = resolve(source);
  const facts = await factsOf(path);
  if (facts === undefined) {
    throw new GraftworkError('GW_SOURCE_NOT_FOUND', `There is no file or folder ${source}.`, {
      remedy: 'Give image files, folders of them, or s3://bucket/key.',
    });
  }
  if (!facts.isDirectory()) return [{ name: source, file: path }];
  const images = (await filesOf(path)).filter(({ path: name }) => isImageName(name));
  if (images.length === 0) throw noImages(source);
  return images.map(({ path: name, file }) => ({ name: join(source, name), file }));
}

async function storedImages(store: ObjectStore, uri: string): Promise<ImagesToPredict> {
  const { bucket, key } = parseS3Uri(uri);
  const there = store.at(bucket);
  if (key !== '' && (await there.exists(key))) return [{ name: uri, bucket, key }];
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  const images: ImagesToPredict = [];
  for await (const facts of there.list(prefix)) {
    if (!isImageName(facts.key) || isLeftover(facts.key.slice(prefix.length))) continue;
    images.push({ name: s3Uri(bucket, facts.key), bucket, key: facts.key });
  }
  if (images.length === 0) throw noImages(uri);
  return images;
}

/** Whether a file's name says that it is an image. */
export function isImageName(name: string): boolean {
  return imageExtensions.has(extname(name).toLowerCase());
}

export function noImages(source: string): GraftworkError {
  return new GraftworkError('GW_DATASET_EMPTY', `${source} has no images.`, {
    remedy: `Files ending in ${[...imageExtensions].join(', ')} are taken.`,
  });
}
