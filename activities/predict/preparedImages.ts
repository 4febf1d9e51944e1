/** Images of any bucket as a network takes them: fetched, checked by the limits of an ingest, and resized. */
import pMap from 'p-map';
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import type { ImagesToPredict, PictureNote } from '../../contracts/models/predictions.js';
import type { DatasetSpec } from '../../contracts/spec/sources/datasetSpec.js';
import { inspectImage, type Inspection } from '../../learning/images/inspectImage.js';
import { preprocessImage } from '../../learning/images/preprocessImage.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { isPartlySeen } from '../plan/partlySeen.js';

/** Images fetched and decoded at once. */
const concurrency = 4;

export type ImageAt = ImagesToPredict[number];

/** What to do about an object that is not there: an image given by hand must be; one of a data set may have been deleted. */
export type Missing = 'fail' | 'report';

export interface PreparedImage {
  image: ImageAt;
  /** Of the image's bytes; undefined where there are none, or more than are read. */
  sha256: string | undefined;
  /** uint8 RGB, [store, store, 3]; undefined where the image cannot be read. */
  pixels: Uint8Array | undefined;
  /** Why it cannot be read. */
  reason: string;
  notes: PictureNote[];
}

export interface Preparation {
  input: InputSettings;
  limits: DatasetSpec['quarantine'];
}

/** In the order given. @throws GraftworkError GW_S3_…, GW_OBJECT_MISSING where missing images are a failure */
export async function preparedImages(
  store: ObjectStore,
  how: Preparation,
  images: readonly ImageAt[],
  missing: Missing,
): Promise<PreparedImage[]> {
  return pMap(images, (image) => prepared(store, how, image, missing), { concurrency });
}

export function isReadable(image: PreparedImage): image is PreparedImage & { pixels: Uint8Array } {
  return image.pixels !== undefined;
}

async function prepared(
  store: ObjectStore,
  { input, limits }: Preparation,
  image: ImageAt,
  missing: Missing,
): Promise<PreparedImage> {
  const at = store.at(image.bucket);
  const options = { most: limits.maxBytes };
  const reading = missing === 'fail' ? at.get(image.key, options) : at.getIfPresent(image.key, options);
  const bytes = await reading.catch(tooLarge);
  const unreadable = (reason: string, digest?: string): PreparedImage => {
    return { image, sha256: digest, pixels: undefined, reason, notes: [] };
  };
  if (bytes === undefined) return unreadable('it no longer exists');
  if ('reason' in bytes) return unreadable(bytes.reason);
  const digest = sha256(bytes);
  const found = await inspectImage(bytes, limits);
  if ('reason' in found) return unreadable(`${found.reason}: ${found.detail}`, digest);
  try {
    const pixels = await preprocessImage(bytes, input, image.name);
    return { image, sha256: digest, pixels, reason: '', notes: notesOn(found, input) };
  } catch (thrown) {
    return unreadable(asGraftworkError(thrown).message, digest);
  }
}

function notesOn(found: Extract<Inspection, { usable: true }>, input: InputSettings): PictureNote[] {
  return [
    ...(isPartlySeen(found, input) ? ['partly-seen' as const] : []),
    ...(found.unusualRange === true && input.range !== 'auto' ? ['unusual-range' as const] : []),
    ...(found.animated === true ? ['animated' as const] : []),
    ...(found.transparent === true ? ['transparent' as const] : []),
  ];
}

/** Why a file is not even read. */
function tooLarge(thrown: unknown): { reason: string } {
  if (thrown instanceof GraftworkError && thrown.code === 'GW_OBJECT_TOO_LARGE') {
    return { reason: `too-many-bytes: ${thrown.message}` };
  }
  throw thrown;
}
