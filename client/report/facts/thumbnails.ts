/** Small copies of pictures in the bucket, as data URIs: a report is one file and asks nobody for anything. */
import pMap from 'p-map';
import sharp from 'sharp';
import type { ImageEntry } from '../../../contracts/data/dataset.js';
import { GraftworkError } from '../../../contracts/errors.js';
import { decoderFault, faultText } from '../../../learning/images/formats/decoderFault.js';
import { openPicture } from '../../../learning/images/formats/decoder.js';
import { isBitmap } from '../../../learning/images/formats/imageFormat.js';
import { sha256 } from '../../../storage/objects/contentKey.js';
import type { ObjectStore } from '../../../storage/objects/objectStore.js';

/** Where a picture lies, and which it is. */
type PicturePlace = Pick<ImageEntry, 'bucket' | 'key' | 'sha256'>;

/** A small picture as a data URI, or why there is none. */
export type Thumbnail = { uri: string; width: number; height: number } | { missing: string };

/** Longer side, in pixels, and JPEG quality: about 6 kB each. */
const usualSide = 160;
const quality = 75;
const readAtOnce = 4;

/**
 * @param side longest, in pixels
 * @returns for each path its picture, or why there is none
 */
export async function thumbnails(
  store: ObjectStore,
  paths: readonly string[],
  entries: ReadonlyMap<string, PicturePlace>,
  side = usualSide,
): Promise<Map<string, Thumbnail>> {
  const made = await pMap(paths, async (path) => [path, await thumbnail(store, entries.get(path), side)] as const, {
    concurrency: readAtOnce,
  });
  return new Map(made);
}

async function thumbnail(store: ObjectStore, entry: PicturePlace | undefined, side: number): Promise<Thumbnail> {
  if (entry === undefined) return { missing: 'its data set version no longer lists it' };
  let bytes: Buffer;
  try {
    bytes = await store.at(entry.bucket).get(entry.key);
  } catch (thrown) {
    if (!(thrown instanceof GraftworkError)) throw thrown;
    return { missing: `it could not be read (${thrown.code})` };
  }
  if (sha256(bytes) !== entry.sha256) {
    return { missing: 'its address now has another picture' };
  }
  return shrink(bytes, side);
}

async function shrink(bytes: Buffer, side: number): Promise<Thumbnail> {
  try {
    // sharp's own build does not read bitmaps.
    const picture = isBitmap(bytes)
      ? openPicture(bytes, { maxPixels: Number.MAX_SAFE_INTEGER, failOn: 'error' })
      : sharp(bytes, { failOn: 'none' }).rotate();
    const { data, info } = await picture
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#808080' })
      .jpeg({ quality })
      .toBuffer({ resolveWithObject: true });
    return { uri: `data:image/jpeg;base64,${data.toString('base64')}`, width: info.width, height: info.height };
  } catch (error) {
    return { missing: `it could not be decoded: ${faultText(decoderFault(error))}` };
  }
}
