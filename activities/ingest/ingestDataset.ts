/** From an address to an immutable dataset version. */
import { z } from 'zod';
import type { IngestInput, IngestOutput } from '../../contracts/activities/trainingActivities.js';
import { pictureExamplesSchema, type DatasetManifest, type DatasetReference } from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { quoted } from '../../learning/dataset/folders/className.js';
import { remarksOn } from '../../learning/dataset/splits/remarks.js';
import { contentKey, contentKeyOfLists } from '../../storage/objects/contentKey.js';
import { DatasetSightings, rootOf } from '../../storage/datasets/datasetSightings.js';
import { Datasets, isRetired } from '../../storage/datasets/datasets.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Drawing } from '../../learning/dataset/splits/splits.js';
import { findSource, type FoundSource } from './datasetSource.js';
import { makeVersion } from './datasetVersion.js';
import { rememberedDrawing } from './drawSplits.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { putForgottenAside } from './forgottenFiles.js';
import { inspectFiles } from './inspectFiles.js';
import type { Inspections } from './inspections.js';
import { whyLost } from '../shared/lostObject.js';

/** Raise when listings or inspections are made differently: old pointers are then ignored. */
const formats = { listing: 'dataset-listing/4', inspections: 'inspections/4' } as const;

const pointerSchema = z.strictObject({ version: z.string(), unusualRange: pictureExamplesSchema.optional() });

/** What the pictures of a source are found to be like, beside the version that they make. */
type Found = Pick<DatasetReference, 'unusualRange'>;

/** Paths that stand for many. */
const mostExamples = 3;

interface IngestOptions {
  /** Do not use an earlier ingest: something of its version is damaged, and what is missing is written. */
  anew?: boolean;
  /** How splits are drawn that the source does not have, for a version that no later ingest shall find. By default as remembered. */
  drawing?: Drawing;
}

interface IngestCallbacks extends Pick<WorkCallbacks, 'progress' | 'signal'> {
  /** Called for each file that was really inspected. */
  read?: () => void;
}

/**
 * Lists the source, looks into what is new, decides classes and splits, and writes the version. A source that has not
 * changed since an earlier ingest with the same settings costs the listing.
 *
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY, GW_DATASET_INVALID, GW_DATASET_TOO_MANY_BAD,
 * GW_MANIFEST_INVALID, GW_CONFLICT (the source changed meanwhile), GW_S3_…
 */
export async function ingestDataset(
  { store, log }: Pick<ActivityDependencies, 'store' | 'log'>,
  { dataset }: IngestInput,
  { progress, read, signal }: IngestCallbacks,
  { anew = false, drawing }: IngestOptions = {},
): Promise<IngestOutput> {
  const datasets = new Datasets(store);
  const sightings = new DatasetSightings(store);
  const source = await findSource(store, dataset, signal);
  const listing = listingKey(dataset, source);
  const earlier = anew ? undefined : await findEarlier({ store, log }, datasets, listing);
  if (earlier !== undefined) {
    await sightings.add(earlier.manifest, dataset.uri, rootOf(source.files));
    return { ...referenceTo(earlier.manifest, true, source), ...earlier.found };
  }

  const limits = {
    leastSide: dataset.quarantine.leastSide,
    maxPixels: dataset.quarantine.maxPixels,
    maxBytes: dataset.quarantine.maxBytes,
  };
  const began = Date.now();
  const inspections = await inspectFiles(
    { store, log },
    source.files,
    limits,
    contentKey(formats.inspections, { uri: dataset.uri, limits }),
    {
      inspected(done, fresh) {
        if (fresh > 0) read?.();
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
  const manifest = await writeUnretired(store, inspections, async () => {
    const remembered = rememberedDrawing({ store, log }, dataset.uri);
    const made = await makeVersion(dataset, source, inspections, drawing ?? remembered);
    // It was drawn otherwise than those that say how: no later draw goes on with it.
    if (drawing !== undefined) delete made.manifest.drawn;
    return datasets.write(made);
  });
  await sightings.add(manifest, dataset.uri, rootOf(source.files));
  const found = foundIn(source, inspections);
  if (drawing === undefined) {
    await store.putJson(objectKeys.datasetListing(listing), { version: manifest.version, ...found });
  }
  return { ...referenceTo(manifest, false, source), ...found };
}

function foundIn({ files }: FoundSource, inspections: Inspections): Found {
  const unusual = [...inspections.unusualRanges()].sort((a, b) => a - b);
  if (unusual.length === 0) return {};
  const examples = unusual.slice(0, mostExamples).map((index) => files.pathOf(index));
  return { unusualRange: { count: unusual.length, examples } };
}

/** How often a version is made that a forgetting retires at the same moment. */
const tries = 3;

/**
 * Writes the version without what is forgotten. Where a forgetting retires it meanwhile, also one at another address of the same
 * pictures, its tombstones are there by then, and what is left is another version.
 */
async function writeUnretired(
  store: ActivityDependencies['store'],
  inspections: Inspections,
  write: () => Promise<DatasetManifest>,
): Promise<DatasetManifest> {
  for (let attempt = 1; ; attempt += 1) {
    await putForgottenAside(store, inspections);
    const manifest = await write();
    if (!isRetired(manifest) || attempt === tries) return manifest;
  }
}

/** What decides, before any file is read, which version comes of it. */
function listingKey(dataset: IngestInput['dataset'], { files, unusable, splitNames }: FoundSource): string {
  return contentKeyOfLists(formats.listing, { settings: [{ dataset, splitNames }], files, unusable });
}

/** The version an earlier ingest of the same listing made. One that is damaged or retired is as good as none. */
async function findEarlier(
  { store, log }: Pick<ActivityDependencies, 'store' | 'log'>,
  datasets: Datasets,
  listing: string,
): Promise<{ manifest: DatasetManifest; found: Found } | undefined> {
  try {
    const pointer = await store.getJsonIfPresent(objectKeys.datasetListing(listing), pointerSchema);
    const manifest = pointer === undefined ? undefined : await datasets.findManifest(pointer.version);
    if (pointer === undefined || manifest === undefined || isRetired(manifest)) return undefined;
    await datasets.requireSideLists(manifest);
    const { version: _version, ...found } = pointer;
    return { manifest, found };
  } catch (thrown) {
    log.warn({ reason: whyLost(thrown) }, 'an earlier ingest cannot be read: the source is ingested again');
    return undefined;
  }
}

function referenceTo(manifest: DatasetManifest, reused: boolean, { files, notes }: FoundSource): DatasetReference {
  const { version, classes, counts, quarantined, duplicates } = manifest;
  const remarks = [...notes, ...lostClasses(files, classes), ...remarksOn(manifest)];
  const reference = { version, classes, counts, quarantined, duplicates, reused };
  return remarks.length === 0 ? reference : { ...reference, remarks };
}

/** Classes of the source that came to nothing, since none of their files can be used. */
function lostClasses(files: FoundSource['files'], classes: readonly string[]): string[] {
  const lost = new Set<string>();
  for (let file = 0; file < files.length; file += 1) lost.add(files.classNameOf(file));
  for (const name of classes) lost.delete(name);
  return lost.size === 0
    ? []
    : [`No file of ${[...lost].slice(0, 5).map(quoted).join(', ')} can be used, so it is not a class.`];
}
