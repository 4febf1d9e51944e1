/** From an address to an immutable dataset version. */
import { z } from 'zod';
import type { IngestInput, IngestOutput } from '../contracts/activities.js';
import type { DatasetManifest, DatasetReference, ImageEntry, Quarantined, Split } from '../contracts/dataset.js';
import { GraftworkError } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { countDuplicates, findDuplicates } from '../learning/dataset/duplicates.js';
import { assignSplits } from '../learning/dataset/splits.js';
import { contentKey } from '../storage/contentKey.js';
import { Datasets } from '../storage/datasets.js';
import type { DatasetVersion } from '../storage/datasets.js';
import type { ActivityDependencies } from './dependencies.js';
import { findSource } from './datasetSource.js';
import type { FoundSource } from './datasetSource.js';
import type { WorkCallbacks } from './engine.js';
import { inspectFiles } from './inspectFiles.js';
import type { Inspected } from './inspectFiles.js';
import { whyLost } from './lostObject.js';
import { refuseUnfit } from './unfitDataset.js';

/** Raise when listings, inspections or versions are made differently: old pointers are then ignored. */
const formats = { listing: 'dataset-listing/2', inspections: 'inspections/2', version: 'dataset/1' } as const;

const pointerSchema = z.strictObject({ version: z.string() });

type IngestCallbacks = Pick<WorkCallbacks, 'progress' | 'signal'>;

/**
 * Lists the source, looks into what is new, decides classes and splits, and writes the version. A source that has not
 * changed since an earlier ingest with the same settings costs the listing.
 *
 * @param options.anew write the version even if it is there, since something of it is damaged
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY, GW_DATASET_INVALID, GW_DATASET_TOO_MANY_BAD,
 * GW_MANIFEST_INVALID, GW_CONFLICT (the source changed meanwhile), GW_S3_…
 */
export async function ingestDataset(
  { store, log }: Pick<ActivityDependencies, 'store' | 'log'>,
  { dataset, seed }: IngestInput,
  { progress, signal }: IngestCallbacks,
  { anew = false }: { anew?: boolean } = {},
): Promise<IngestOutput> {
  const datasets = new Datasets(store);
  const source = await findSource(store, dataset, signal);
  const listing = contentKey(formats.listing, { dataset, seed, ...source });
  const earlier = anew ? undefined : await findEarlier({ store, log }, datasets, listing);
  // The same content may have been seen at another address since, which need not last.
  if (earlier?.uri === dataset.uri) return referenceTo(earlier, true);

  const limits = {
    leastSide: dataset.quarantine.leastSide,
    maxPixels: dataset.quarantine.maxPixels,
    maxBytes: dataset.quarantine.maxBytes,
  };
  const began = Date.now();
  const inspected = await inspectFiles(
    { store, log },
    source.files,
    limits,
    objectKeys.datasetInspections(contentKey(formats.inspections, { uri: dataset.uri, limits })),
    {
      inspected(done, fresh) {
        const imagesPerSecond = fresh / Math.max(0.001, (Date.now() - began) / 1000);
        const total = source.files.length;
        progress({
          stage: 'ingest',
          done,
          total,
          unit: 'images',
          ...(fresh === 0 ? {} : { imagesPerSecond, secondsLeft: (total - done) / imagesPerSecond }),
        });
      },
      signal,
    },
  );
  const version = makeVersion(dataset, seed, source, inspected);
  const manifest = await datasets.write(version, anew);
  await store.putJson(objectKeys.datasetListing(listing), { version: manifest.version });
  return referenceTo(manifest, false);
}

/** The version an earlier ingest of the same listing made. One that is damaged is as good as none: it is written anew. */
async function findEarlier(
  { store, log }: Pick<ActivityDependencies, 'store' | 'log'>,
  datasets: Datasets,
  listing: string,
): Promise<DatasetManifest | undefined> {
  try {
    const pointer = await store.getJsonIfPresent(objectKeys.datasetListing(listing), pointerSchema);
    return pointer === undefined ? undefined : await datasets.findManifest(pointer.version);
  } catch (thrown) {
    log.warn({ reason: whyLost(thrown) }, 'an earlier ingest cannot be read: the source is ingested anew');
    return undefined;
  }
}

/** Pure: everything that follows from what was found. */
function makeVersion(
  dataset: IngestInput['dataset'],
  seed: number,
  source: FoundSource,
  inspected: readonly Inspected[],
): DatasetVersion {
  const usable: { file: FoundSource['files'][number]; facts: Extract<Inspected['result'], { usable: true }> }[] = [];
  const quarantined: Quarantined[] = [...source.unusable];
  for (const [index, file] of source.files.entries()) {
    const result = inspected[index]?.result;
    if (result?.usable === true) usable.push({ file, facts: result });
    else if (result !== undefined) {
      quarantined.push({ path: file.path, bytes: file.bytes, reason: result.reason, detail: result.detail });
    }
  }
  usable.sort((a, b) => compare(a.file.path, b.file.path));
  quarantined.sort((a, b) => compare(a.path, b.path));
  const classes = [...new Set(usable.map(({ file }) => file.className))].toSorted(compare);
  refuseUnfit(dataset, usable.length, quarantined, classes);

  const { splits, origin } = assignSplits(
    usable.map(({ file, facts }) => ({ sha256: facts.sha256, className: file.className, split: file.split })),
    dataset.splits,
    seed,
    source.splitNames,
  );
  const labels = new Map(classes.map((name, label) => [name, label]));
  const images = usable.map(({ file, facts }, index): ImageEntry => ({
    path: file.path,
    bucket: file.bucket,
    key: file.key,
    etag: file.etag,
    sha256: facts.sha256,
    bytes: file.bytes,
    width: facts.width,
    height: facts.height,
    perceptualHash: facts.perceptualHash,
    label: labels.get(file.className) ?? 0,
    split: splits[index] ?? 'train',
  }));
  const duplicates = findDuplicates(images);
  const classCounts = countClasses(images, classes.length);
  const count = (split: Split) => classCounts[split].reduce((sum, images) => sum + images, 0);
  if (count('test') === 0) {
    throw new GraftworkError('GW_DATASET_INVALID', `No image of ${dataset.uri} is left for the test split.`, {
      remedy: 'Add images, or raise dataset.splits.test.',
    });
  }
  return {
    manifest: {
      format: 1,
      version: contentKey(formats.version, {
        classes,
        images: images.map(({ path, sha256, label, split }) => [path, sha256, label, split]),
        quarantined: quarantined.map(({ path, reason, bytes }) => [path, reason, bytes]),
      }),
      uri: dataset.uri,
      createdAt: new Date().toISOString(),
      classes,
      counts: { train: count('train'), validation: count('validation'), test: count('test') },
      classCounts,
      splitOrigin: origin,
      quarantined: quarantined.length,
      quarantineReasons: tally(quarantined.map(({ reason }) => reason)),
      duplicates: countDuplicates(duplicates),
    },
    images,
    quarantined,
    duplicates,
  };
}

function countClasses(images: readonly ImageEntry[], classes: number): DatasetManifest['classCounts'] {
  const none = () => Array.from({ length: classes }, () => 0);
  const counts = { train: none(), validation: none(), test: none() };
  for (const { split, label } of images) counts[split][label] = (counts[split][label] ?? 0) + 1;
  return counts;
}

function referenceTo(manifest: DatasetManifest, reused: boolean): DatasetReference {
  const { version, classes, counts, quarantined, duplicates } = manifest;
  return { version, classes, counts, quarantined, duplicates, reused };
}

function tally(reasons: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** By code unit, as Python sorts folder names: no locale may change a label's number. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
