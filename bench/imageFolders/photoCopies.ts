/** Many images from few: copies that show the same and differ in their bytes, straight into the bucket. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import pMap from 'p-map';
import sharp from 'sharp';
import type { ObjectStore } from '../../storage/objects/objectStore.js';

export interface Photo {
  /** `train/ants/0013035.jpg` */
  path: string;
  bytes: Buffer;
}

/**
 * The JPEG photos below a folder, in the order of their paths.
 * @param side reduces each to a square of so many pixels, about 1 kB at 32
 */
export async function readPhotos(folder: string, side?: number): Promise<Photo[]> {
  const paths = (await readdir(folder, { recursive: true })).filter((path) => /\.jpe?g$/i.test(path)).toSorted();
  return pMap(
    paths,
    async (path) => {
      const bytes = await readFile(join(folder, path));
      if (side === undefined) return { path, bytes };
      return { path, bytes: await sharp(bytes).resize(side, side).jpeg({ quality: 50 }).toBuffer() };
    },
    { concurrency: 8 },
  );
}

/** The same picture under other bytes: a comment, which no decoder looks at, right after the JPEG's start marker. */
export function distinctCopy(jpeg: Buffer, number: number): Buffer {
  const comment = Buffer.alloc(8);
  comment.writeUInt16BE(0xfffe, 0);
  comment.writeUInt16BE(6, 2);
  comment.writeUInt32BE(number, 4);
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
}

/**
 * Puts copies of the photos in turn, `from` to `to` (exclusive), each in its photo's folder.
 * @param onPut called with the number that are there
 */
export async function putCopies(
  store: ObjectStore,
  prefix: string,
  photos: readonly Photo[],
  [from, to]: readonly [from: number, to: number],
  onPut: (done: number) => void = () => undefined,
): Promise<void> {
  let done = 0;
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  await pMap(
    numbers,
    async (number) => {
      const photo = photos[number % photos.length];
      if (photo === undefined) throw new RangeError('there are no photos to copy');
      const extension = extname(photo.path);
      const key = `${prefix}/${photo.path.slice(0, -extension.length)}-${number}${extension}`;
      await store.put(key, distinctCopy(photo.bytes, number));
      onPut(++done);
    },
    { concurrency: 24 },
  );
}
