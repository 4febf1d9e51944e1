/** Data set versions and models as a bucket holds them, without anything having been trained. */
import type { DatasetManifest, ImageEntry, Split } from '../contracts/dataset.js';
import type { ModelCard } from '../contracts/modelCard.js';
import { Datasets } from '../storage/datasets.js';
import { ModelRegistry } from '../storage/modelRegistry.js';
import type { ObjectStore } from '../storage/objectStore.js';
import { cardDraft } from './cardForTests.js';

export const digest = (digit: string): string => digit.repeat(64);

/** A version of these pictures: each the digit of its digest, its split, and its label. */
export async function writeDataset(
  store: ObjectStore,
  version: string,
  pictures: readonly [mark: string, split: Split, label?: number][],
  more: Partial<Pick<DatasetManifest, 'redactions' | 'uri'>> = {},
): Promise<DatasetManifest> {
  const none = { train: [0, 0], validation: [0, 0], test: [0, 0] };
  const images = pictures.map(([mark, split, label = 0]): ImageEntry => {
    const place = { path: `${split}/${mark}.jpg`, bucket: 'b', key: `${split}/${mark}.jpg`, etag: '' };
    const size = { bytes: 1, width: 1, height: 1 };
    return { ...place, ...size, sha256: digest(mark), perceptualHash: '0'.repeat(16), label, split };
  });
  return new Datasets(store).write({
    manifest: {
      ...{ format: 1, version: digest(version), uri: 's3://b/p', createdAt: '2026-01-01T00:00:00.000Z' },
      classes: ['ants', 'bees'],
      counts: { train: 0, validation: 0, test: 0 },
      classCounts: none,
      splitOrigin: { train: 'a folder', validation: 'a folder', test: 'a folder' },
      ...{ quarantined: 0, quarantineReasons: {} },
      duplicates: { exact: 0, near: 0, acrossSplits: 0, acrossClasses: 0 },
      ...more,
    },
    images,
    quarantined: [],
    duplicates: [],
  });
}

/**
 * @param made.dataset the digit of its data set version
 * @param made.run each makes a version of its own
 */
export async function registerModel(
  store: ObjectStore,
  name: string,
  { dataset, run = `run-of-${name}`, ...more }: { dataset: string; run?: string } & Partial<ModelCard['backbone']>,
  createdAt = '2026-01-01T00:00:00.000Z',
): Promise<ModelCard> {
  const draft = cardDraft(name, run);
  return new ModelRegistry(store).register({
    ...draft,
    createdAt,
    backbone: { ...draft.backbone, ...more },
    dataset: { ...draft.dataset, version: digest(dataset) },
  });
}
