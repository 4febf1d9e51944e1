/** Puts the images of a prediction where a worker can read them. */
import { join, resolve } from 'node:path';
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ImagesToPredict, SkippedFile } from '../../contracts/models/predictions.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { notRegular } from '../../storage/objects/localFile.js';
import { parseS3Uri, s3Uri } from '../../storage/s3/s3Uri.js';
import { absentSource } from '../folders/absentSource.js';
import { factsOf } from '../folders/pathFacts.js';
import { localPictures, noPictures, skippedFrom, storedPictures } from '../folders/pictureFiles.js';
import { sendFile } from '../folders/sendFile.js';
import { walkFolder } from '../folders/walkFolder.js';

const uploadsAtOnce = 16;

/** Where the list of a prediction's images lies, and what of the folders is not in it. */
export interface BroughtImages {
  key: string;
  skipped: SkippedFile[];
}

/**
 * Writes the list of the images of files, folders and s3:// addresses, in the order given. Local ones are uploaded under
 * the prediction's id; what is in object storage is read from where it lies. Of a folder every picture is taken, by its
 * content; a file that is named by itself always is.
 *
 * @throws GraftworkError GW_SOURCE_NOT_FOUND naming what does not exist, GW_DATASET_EMPTY when a folder has no image,
 * GW_SOURCE_UNREADABLE, GW_SOURCE_CHANGED; GW_CONFLICT when there is a prediction of that id: nothing of it is changed
 */
export async function bringImages(store: ObjectStore, id: string, sources: readonly string[]): Promise<BroughtImages> {
  const { images, skipped } = await imagesOf(store, id, sources);
  const key = objectKeys.predictionImages(id);
  await store.putJson(key, { format: 1, images }, { ifAbsent: true });
  return { key, skipped };
}

/** What a source named by a person holds: its images, and the files that are none, by the names that the person sees. */
interface SourceImages<Image> {
  images: Image[];
  skipped: SkippedFile[];
}

interface LocalImage {
  name: string;
  file: string;
}

async function imagesOf(
  store: ObjectStore,
  id: string,
  sources: readonly string[],
): Promise<SourceImages<ImagesToPredict[number]>> {
  const stored: { order: number; image: ImagesToPredict[number] }[] = [];
  const local: (LocalImage & { order: number })[] = [];
  const skipped: SkippedFile[] = [];
  let order = 0;
  for (const source of sources) {
    if (source.startsWith('s3://')) {
      const found = await storedImages(store, source);
      for (const image of found.images) stored.push({ order: order++, image });
      skipped.push(...found.skipped);
    } else {
      const found = await localImages(source);
      for (const image of found.images) local.push({ order: order++, ...image });
      skipped.push(...found.skipped);
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
  const images = [...stored, ...uploaded].sort((a, b) => a.order - b.order).map(({ image }) => image);
  return { images, skipped };
}

async function localImages(source: string): Promise<SourceImages<LocalImage>> {
  const path = resolve(source);
  const facts = await factsOf(path);
  if (facts === undefined) {
    throw await absentSource(source, 'file or folder', 'Give image files, folders of them, or s3://bucket/key.');
  }
  if (!facts.isDirectory() && !facts.isFile()) throw notRegular(source, facts);
  if (!facts.isDirectory()) return { images: [{ name: source, file: path }], skipped: [] };
  const { files, leftOut } = await walkFolder(path);
  const { pictures, skipped: others } = await localPictures(files);
  const skipped = [...others, ...skippedFrom(leftOut)];
  if (pictures.length === 0) throw noPictures(source, skipped);
  const named = (name: string): string => join(source, name);
  return {
    images: pictures.map(({ path: name, file }) => ({ name: named(name), file })),
    skipped: skipped.map(({ path: name, reason }) => ({ path: named(name), reason })),
  };
}

async function storedImages(store: ObjectStore, uri: string): Promise<SourceImages<ImagesToPredict[number]>> {
  const { bucket, key } = parseS3Uri(uri);
  const there = store.at(bucket);
  if (key !== '' && (await there.exists(key))) return { images: [{ name: uri, bucket, key }], skipped: [] };
  const { pictures, skipped } = await storedPictures(there, await objectsBelow(there, key));
  if (pictures.length === 0) throw noPictures(uri, skipped);
  const named = (path: string): string => s3Uri(bucket, folderKey(key) + path);
  return {
    images: pictures.map(({ path, key: object }) => ({ name: named(path), bucket, key: object })),
    skipped: skipped.map(({ path, reason }) => ({ path: named(path), reason })),
  };
}

/** All objects of a folder in a bucket; `path` is what of the key is below the folder. */
export async function objectsBelow(
  store: ObjectStore,
  key: string,
): Promise<{ path: string; key: string; bytes: number }[]> {
  const prefix = folderKey(key);
  const objects: { path: string; key: string; bytes: number }[] = [];
  for await (const facts of store.list(prefix)) {
    objects.push({ path: facts.key.slice(prefix.length), key: facts.key, bytes: facts.size });
  }
  return objects;
}

/** The slash keeps `photos-old/` out when `photos` is asked for. */
function folderKey(key: string): string {
  return key === '' || key.endsWith('/') ? key : `${key}/`;
}
