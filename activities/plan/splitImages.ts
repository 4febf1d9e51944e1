/** A dataset version's images by split, in manifest order: the order of pixel and feature shards. */
import { isDeepStrictEqual } from 'node:util';
import type { Split } from '../../contracts/data/dataset.js';
import type { SourceRoot } from '../../contracts/data/datasetSighting.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { DatasetSightings } from '../../storage/datasets/datasetSightings.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { withHealedVersion, type DatasetVersionOf } from '../ingest/healedVersion.js';
import { ImageList } from './imageList.js';

export type SplitImages = Record<Split, ImageList>;

/** As much of it as making a shard needs. */
export type SlicedImages = Record<Split, Pick<ImageList, 'slice'>>;

/** Which bytes a list was read from. */
interface Origin {
  version: string;
  sha256: string;
  etag: string;
  /** Where else it was met: later runs may have met it elsewhere. */
  roots: SourceRoot[];
}

/**
 * The list read last, with each store. A run over many images has hundreds of activities that need a few of them each:
 * reading the whole list for each would cost more than their work.
 */
const last = new WeakMap<ObjectStore, { origin: Origin; images: SplitImages }>();

/**
 * The images of a plan's dataset version. When its manifest or its list is damaged or gone, the source is ingested anew:
 * the same files give the same version.
 *
 * @throws GraftworkError as `withHealedVersion`; GW_DATASET_RETIRED
 */
export async function readSplits(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  version: DatasetVersionOf,
  signal: AbortSignal,
): Promise<SplitImages> {
  return withHealedVersion(dependencies, version, signal, () => readImages(dependencies.store, version.datasetVersion));
}

/** Reads the list unless it is still the one that was read last. */
async function readImages(store: ObjectStore, version: string): Promise<SplitImages> {
  const datasets = new Datasets(store);
  const { imagesSha256: sha256 } = await datasets.trainable(version);
  const etag = (await store.head(objectKeys.datasetImages(version)))?.etag ?? '';
  const roots = await new DatasetSightings(store).roots(version);
  const origin: Origin = { version, sha256, etag, roots };
  const known = last.get(store);
  if (known !== undefined && isDeepStrictEqual(known.origin, origin)) return known.images;
  const images: SplitImages = {
    train: new ImageList(roots),
    validation: new ImageList(roots),
    test: new ImageList(roots),
  };
  for await (const image of datasets.eachImage(version)) images[image.split].push(image);
  last.set(store, { origin, images });
  return images;
}
