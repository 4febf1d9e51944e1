/** Where a picture was seen: the dataset versions that hold it, or held it before it was forgotten. */
import { labelText } from '../../contracts/data/labelSets.js';
import type { DatasetManifest, ImageEntry, Split } from '../../contracts/data/dataset.js';
import { DatasetSightings, placesOf, rootsOf } from '../datasets/datasetSightings.js';
import type { Datasets } from '../datasets/datasets.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { s3Uri } from '../s3/s3Uri.js';
import { eachPlacedImage } from './placedImages.js';

/** A picture as a person can name it. */
export interface SoughtPicture {
  /** Digests of bytes, wherever they lie. */
  digests: ReadonlySet<string>;
  /** `s3://` addresses: every content that was ever ingested from there. */
  addresses: ReadonlySet<string>;
}

export interface Sighting {
  /** Dataset version. `uri` is the address that it was made of. */
  version: string;
  uri: string;
  sha256: string;
  split: Split;
  class: string;
  /** Index among the images of its split, in the original version. */
  position: number;
  /** Size of its file, in bytes. */
  bytes: number;
  /** The image. null once it has been forgotten. */
  image: Pick<ImageEntry, 'path' | 'bucket' | 'key'> | null;
  /** `s3://` addresses at which it may lie: those at which its version was met. */
  addresses: string[];
}

export interface FoundPicture {
  /** Digests of all that was sought: those that were given, and those of what lay at the addresses. */
  digests: Set<string>;
  sightings: Sighting[];
  /** Every version there is. */
  manifests: ReadonlyMap<string, DatasetManifest>;
}

/**
 * Reads the list of every version, twice when the picture was named by an address: copies of it may lie elsewhere.
 *
 * @param onVersion called with the number of versions that have been read, and of all
 * @throws GraftworkError GW_CORRUPT: what a damaged version holds is unknown
 */
export async function findSightings(
  { store, datasets }: { store: ObjectStore; datasets: Datasets },
  sought: SoughtPicture,
  onVersion: (done: number, total: number) => void = () => undefined,
): Promise<FoundPicture> {
  const listed = await datasets.list();
  const manifests = new Map(listed.map(({ version, manifest }) => [version, manifest]));
  const digests = new Set(sought.digests);
  for (;;) {
    const known = digests.size;
    const sightings: Sighting[] = [];
    for (const [index, { manifest }] of listed.entries()) {
      onVersion(index, listed.length);
      sightings.push(...(await sightingsIn(store, manifest, digests, sought.addresses)));
    }
    onVersion(listed.length, listed.length);
    if (digests.size === known) return { digests, sightings, manifests };
  }
}

/** @param digests grows by those of images that lie at one of the addresses */
async function sightingsIn(
  store: ObjectStore,
  manifest: DatasetManifest,
  digests: Set<string>,
  addresses: ReadonlySet<string>,
): Promise<Sighting[]> {
  const { version, uri, redactions = [] } = manifest;
  const roots = rootsOf(await new DatasetSightings(store).all(version));
  const present: Sighting[] = [];
  const places = new Set<string>();
  for await (const { image, position } of eachPlacedImage(store, manifest)) {
    const { path, bucket, key, bytes, sha256, split, label } = image;
    const own = placesOf(image, roots).map((place) => s3Uri(place.bucket, place.key));
    if (own.some((address) => addresses.has(address))) digests.add(sha256);
    if (!digests.has(sha256)) continue;
    places.add(`${split} ${position}`);
    const name = labelText(manifest, label);
    const seen = { version, uri, sha256, split, class: name, position, bytes };
    present.push({ ...seen, image: { path, bucket, key }, addresses: own });
  }
  const gone = redactions
    .filter(({ sha256, split, position }) => digests.has(sha256) && !places.has(`${split} ${position}`))
    .map(({ sha256, split, label, position, bytes }): Sighting => {
      return {
        version,
        uri,
        sha256,
        split,
        class: labelText(manifest, label),
        position,
        bytes,
        image: null,
        addresses: [],
      };
    });
  return [...present, ...gone];
}
