/** From an address to an immutable dataset version. */
import { z } from 'zod';
import type { IngestInput, IngestOutput } from '../../contracts/activities/trainingActivities.js';
import {
  oddPicturesSchema,
  type DatasetManifest,
  type DatasetReference,
  type OddPictures,
} from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { RunSource } from '../../contracts/run/runSource.js';
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
import { inspectFiles, type SquaresInPassing } from './inspectFiles.js';
import { findDecisions, layDecisions, type FoundDecisions } from './labelDecisions.js';
import { oddities, type Inspections } from './inspections.js';
import { sourceRemarks } from './sourceRemarks.js';
import { whyLost } from '../shared/lostObject.js';

/** Raise when listings or inspections are made differently: old pointers are then ignored. */
const formats = { listing: 'dataset-listing/5', inspections: 'inspections/5' } as const;

/** A version, and what its pictures were found to be like. */
const pointerSchema = oddPicturesSchema.extend({ version: z.string() });

/** Paths that stand for many. */
const mostExamples = 3;

interface IngestOptions {
  /** What a person gave the run as its images, where these were uploaded. */
  given?: RunSource;
  /** Do not use an earlier ingest: something of its version is damaged, and what is missing is written. */
  anew?: boolean;
  /** Made for the run's network in passing. */
  squares?: SquaresInPassing | undefined;
  /** How splits are drawn that the source does not have, for a version that no later ingest shall find. By default as remembered. */
  drawing?: Drawing;
}

interface IngestCallbacks extends Pick<WorkCallbacks, 'progress' | 'signal'> {
  /** Called for each file that was really inspected. */
  read?: () => void;
  /** @default none */
  squares?: SquaresInPassing | undefined;
}

/**
 * Lists the source, looks into what is new, decides classes and splits, and writes the version. A source that has not
 * changed since an earlier ingest with the same settings costs the listing.
 *
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY, GW_DATASET_INVALID, GW_DATASET_TOO_MANY_BAD,
 * GW_MANIFEST_INVALID, GW_LABELS_INVALID, GW_CONFLICT (the source changed meanwhile), GW_S3_…
 */
export async function ingestDataset(
  { store, log }: Pick<ActivityDependencies, 'store' | 'log'>,
  { dataset }: IngestInput,
  { progress, read, signal }: IngestCallbacks,
  { given, anew = false, squares, drawing }: IngestOptions = {},
): Promise<IngestOutput> {
  const datasets = new Datasets(store);
  const sightings = new DatasetSightings(store);
  const source = await findSource(store, dataset, signal, given);
  const decisions = await findDecisions(store, dataset, source);
  const listing = listingKey(dataset, source, decisions);
  const earlier = anew ? undefined : await findEarlier({ store, log }, datasets, listing);
  if (earlier !== undefined) {
    await sightings.add(earlier.manifest, dataset.uri, rootOf(source.files), given?.from);
    return { ...(await referenceTo(datasets, earlier.manifest, true, source, given?.notes)), ...earlier.found };
  }

  const inspections = await inspectSource({ store, log }, dataset, source, {
    ...{ progress, signal, squares },
    ...(read && { read }),
  });
  const applied =
    decisions && layDecisions({ uri: given?.from ?? dataset.uri, files: source.files }, inspections, decisions);
  const manifest = await writeUnretired(store, inspections, async () => {
    const remembered = rememberedDrawing({ store, log }, dataset.uri);
    const made = await makeVersion(dataset, source, inspections, drawing ?? remembered, applied);
    // It was drawn otherwise than those that say how: no later draw goes on with it.
    if (drawing !== undefined) delete made.manifest.drawn;
    return datasets.write(made);
  });
  await sightings.add(manifest, dataset.uri, rootOf(source.files), given?.from);
  const found = oddPictures(source, inspections);
  if (drawing === undefined) {
    await store.putJson(objectKeys.datasetListing(listing), { version: manifest.version, ...found });
  }
  return { ...(await referenceTo(datasets, manifest, false, source, given?.notes)), ...found };
}

/** What every file of a source is, whichever way the source is used. @throws GraftworkError as {@link inspectFiles} */
export async function inspectSource(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  { uri, quarantine }: Pick<IngestInput['dataset'], 'uri' | 'quarantine'>,
  { files }: FoundSource,
  { progress, read, signal, squares }: IngestCallbacks,
): Promise<Inspections> {
  const { leastSide, maxPixels, maxBytes } = quarantine;
  const limits = { leastSide, maxPixels, maxBytes };
  const began = Date.now();
  return inspectFiles(dependencies, files, limits, contentKey(formats.inspections, { uri, limits }), {
    inspected(done, fresh) {
      if (fresh > 0) read?.();
      const imagesPerSecond = fresh / Math.max(0.001, (Date.now() - began) / 1000);
      const total = files.length;
      progress({
        stage: 'ingest',
        done,
        total,
        unit: 'images',
        ...(fresh === 0 ? {} : { imagesPerSecond, secondsLeft: (total - done) / imagesPerSecond }),
      });
    },
    signal,
    squares,
  });
}

function oddPictures({ files }: FoundSource, inspections: Inspections): OddPictures {
  const found: OddPictures = {};
  for (const oddity of oddities) {
    const odd = [...inspections.odd(oddity)].sort((a, b) => a - b);
    if (odd.length === 0) continue;
    found[oddity] = { count: odd.length, examples: odd.slice(0, mostExamples).map((index) => files.pathOf(index)) };
  }
  return found;
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
function listingKey(
  dataset: IngestInput['dataset'],
  { files, unusable, splitNames }: FoundSource,
  decisions: FoundDecisions | undefined,
): string {
  // What may be meant instead of a missing picture is for people to read.
  const facts = unusable.map(({ near: _near, ...one }) => one);
  const task = files.isMultiLabel ? { task: ['multi-label'] } : {};
  return contentKeyOfLists(formats.listing, {
    settings: [{ dataset, splitNames }],
    files,
    unusable: facts,
    ...task,
    ...(decisions === undefined ? {} : { decisions: [decisions.digest] }),
  });
}

/** The version an earlier ingest of the same listing made. One that is damaged or retired is as good as none. */
async function findEarlier(
  { store, log }: Pick<ActivityDependencies, 'store' | 'log'>,
  datasets: Datasets,
  listing: string,
): Promise<{ manifest: DatasetManifest; found: OddPictures } | undefined> {
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

/** @param ofUpload what the upload left out, in sentences */
async function referenceTo(
  datasets: Datasets,
  manifest: DatasetManifest,
  reused: boolean,
  source: FoundSource,
  ofUpload: readonly string[] = [],
): Promise<DatasetReference> {
  const { version, classes, counts, quarantined, duplicates, labelSets, decisions } = manifest;
  const remarks = [...ofUpload, ...(await sourceRemarks(datasets, manifest, source))];
  const task = labelSets === undefined ? {} : { task: 'multi-label' as const };
  const reference = {
    ...{ version, classes, ...task, counts, quarantined, duplicates, reused },
    ...(decisions === undefined ? {} : { decisions }),
  };
  return remarks.length === 0 ? reference : { ...reference, remarks };
}
