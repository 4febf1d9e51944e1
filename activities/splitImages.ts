/** A dataset version's images by split, in manifest order: the order of pixel and feature shards. */
import { splits, type ImageEntry, type Split } from '../contracts/dataset.js';
import { Datasets } from '../storage/datasets.js';
import type { ObjectStore } from '../storage/objectStore.js';

export type SplitImages = Record<Split, ImageEntry[]>;

/** @throws GraftworkError GW_DATASET_NOT_FOUND, GW_CORRUPT */
export async function readSplits(store: ObjectStore, version: string): Promise<SplitImages> {
  const images = await new Datasets(store).images(version);
  const bySplit: SplitImages = { train: [], validation: [], test: [] };
  for (const split of splits) bySplit[split] = images.filter((image) => image.split === split);
  return bySplit;
}
