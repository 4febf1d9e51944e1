/**
 * Forgetting a picture: out of every object of the bucket that holds its pixels, its features or its name. It may be killed at
 * any instant; the same again ends the work, because each thing is done in the order in which the next can still be found:
 *
 *  1. tombstones: from now on the picture is not taken in again;
 *  2. versions that hold it are retired: from now on nothing is trained on them;
 *  3. all that was made of them: shards, checkpoints, scores, outcomes, predictions, copies of the file;
 *  4. lists of what was put aside or is there twice;
 *  5. lists of images, which alone tell its names.
 */
import { GraftworkError } from '../../contracts/errors.js';
import { Datasets } from '../datasets/datasets.js';
import { ModelRegistry } from '../registry/modelRegistry.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { s3Uri } from '../s3/s3Uri.js';
import { applyChanges, countChanges, type Change, type ChangeCounts } from './changes.js';
import type { Content } from './contentMatch.js';
import { findEvaluationTraces } from './evaluationTraces.js';
import { exposedModels, type ExposedModels } from './exposedModels.js';
import { findInspectionTraces, findListingTraces, findSourceTraces, findUploadTraces } from './fileTraces.js';
import { listFilesOf, namesOf, sizesOf } from './pictureNames.js';
import { findPredictionTraces, predictionsOf } from './predictionTraces.js';
import { retireVersion, rewriteImages } from './retireVersion.js';
import { findReviewTraces } from './reviewTraces.js';
import { findRunTraces } from './runTraces.js';
import { findScoreTraces } from './scoreTraces.js';
import { findShardTraces, type IsFree } from './shardTraces.js';
import { areNamed, rewriteSideLists } from './sideLists.js';
import { findSightings, type Sighting, type SoughtPicture } from './sightings.js';
import { Tombstones, type Asked } from './tombstones.js';

/** What a run may be in need of. */
export interface NeededByRuns {
  /** Dataset versions that hold the picture. */
  versions: ReadonlySet<string>;
  /** Every version there is: a run that has none of them is still reading its source. */
  known: ReadonlySet<string>;
  /** Ids of predictions that were asked of the picture. */
  predictions: ReadonlySet<string>;
}

export interface ForgetOptions {
  asked: Asked;
  /** Only say what would be done. */
  dryRun: boolean;
  /** Delete the picture where the source has it, too. */
  deleteSource: boolean;
  /** Sizes in bytes of the contents that are given by their digests; empty: not known. */
  sizes: ReadonlySet<number>;
  /**
   * Asked before anything is done, again once the versions are retired, and before anything is deleted.
   * @returns every digest that runs in progress speak of
   * @throws GraftworkError GW_PICTURE_IN_USE
   */
  refuseIfInUse: (needed: NeededByRuns) => Promise<ReadonlySet<string>>;
  /** Deletes the copies on this machine's disk that are not known to be free of the picture. @returns how many */
  dropLocalCopies: (isFree: IsFree) => Promise<number>;
  /** Called with what is being done, in words. */
  onStep: (step: string) => void;
}

export interface ForgetReport {
  dryRun: boolean;
  /** Digests of the forgotten contents. */
  digests: string[];
  /** Places where they were seen. */
  sightings: Sighting[];
  /** Registered models that have met them. They stay as they are. */
  models: ExposedModels;
  /** Dataset versions that no run trains on any more. */
  retired: string[];
  /** Number of objects that were deleted or rewritten, or would be. */
  changes: ChangeCounts;
  /** Number of copies of shards and checkpoints that were deleted from this machine's cache, or would be. */
  localCopies: number;
  /** Addresses at which a source still has the picture. Every ingest puts it aside. */
  leftInSources: string[];
  /** Addresses that could not be checked because their buckets are gone or refuse access. The picture may still be there. */
  closedSources: { uri: string; reason: string }[];
  /** Manifest and review files of versions that held the picture. They belong to a person and may still name it. */
  manifests: string[];
}

/**
 * @returns undefined when nothing is known of such a picture, and nothing was left to do by an earlier command
 * @throws GraftworkError GW_PICTURE_IN_USE, GW_CORRUPT (a list, a card or a manifest is damaged, so that nobody can tell what
 * has to go), GW_CONFLICT when another forgetting is at work, GW_S3_…
 */
export async function forgetPictures(
  store: ObjectStore,
  sought: SoughtPicture,
  options: ForgetOptions,
): Promise<ForgetReport | undefined> {
  const unfinished = await new Tombstones(store).unfinished();
  if (options.dryRun || unfinished.size === 0) return forgetOnce(store, sought, unfinished, options);
  options.onStep('finishing an earlier command that was stopped');
  const isAgain = [...sought.digests].some((digest) => unfinished.has(digest));
  const addresses = isAgain ? sought.addresses : new Set<string>();
  const earlier = { digests: unfinished, addresses };
  // The sizes that are known are those of the picture that is asked for now.
  const resumed = await forgetOnce(store, earlier, unfinished, { ...options, sizes: new Set() });
  const done = await forgetOnce(store, sought, new Set(), options);
  // The same command again had nothing to do but to end the work; of an address not even its name was left to find.
  return done === undefined || (isAgain && isNothing(done)) ? resumed : done;
}

function isNothing({ changes }: ForgetReport): boolean {
  return Object.values(changes).every(({ deleted, rewritten }) => deleted + rewritten === 0);
}

/**
 * @param unfinished digests of which traces may be left although no list names them any more
 * @returns undefined when nothing is known of the picture
 */
async function forgetOnce(
  store: ObjectStore,
  sought: SoughtPicture,
  unfinished: ReadonlySet<string>,
  options: ForgetOptions,
): Promise<ForgetReport | undefined> {
  const { asked, dryRun, deleteSource, refuseIfInUse, dropLocalCopies, onStep } = options;
  const datasets = new Datasets(store);
  const registry = new ModelRegistry(store);
  const look = () =>
    findSightings({ store, datasets }, sought, (done, total) =>
      onStep(`looking through dataset versions: ${done} of ${total}`),
    );
  const found = await look();
  const { digests, sightings } = found;
  if (digests.size === 0) return undefined;
  const models = await exposedModels(registry, sightings);
  const traced = sightings.filter(({ image, sha256 }) => image !== null || unfinished.has(sha256));
  const held = [...new Set(sightings.flatMap(({ version, image }) => (image === null ? [] : [version])))];
  const names = namesOf(sightings, sought.addresses);
  const content: Content = { digests, sizes: sizesOf(found, options.sizes) };

  onStep('looking for what was made of the picture');
  const uploads = await findUploadTraces(store, content, names.addresses);
  // A version of 0.1.0 knows only the address it was found at last; what is deleted last may have been named by an earlier one.
  for (const { key } of uploads) names.addresses.add(store.uri(key));
  const predictions = await findPredictionTraces(store, content, names.addresses);
  // Looked into before anything is done: a damaged list can only be repaired while its version is not retired.
  const lists: Change[] = [];
  for (const manifest of found.manifests.values()) {
    const isNamed = await areNamed(store, manifest, names.of(manifest));
    if (!isNamed && !held.includes(manifest.version)) continue;
    const rewrite = () => rewriteSideLists(store, manifest, names.of(manifest));
    lists.push({ kind: 'datasets', bucket: store.bucket, key: manifest.version, rewrite });
  }
  const needed = {
    versions: new Set(held),
    known: new Set(found.manifests.keys()),
    predictions: predictionsOf(predictions),
  };
  await refuseIfInUse(needed);
  const sources = await findSourceTraces(store, content, names.addresses);
  const [first] = sources.closed;
  if (deleteSource && first !== undefined) throw first.failure;

  if (!dryRun) {
    for (const digest of digests) await new Tombstones(store).put(digest, asked);
    for (const version of held) await retireVersion(store, version, digests);
    // A run that began meanwhile has one of these versions, or sees the tombstones.
    await refuseIfInUse(needed);
  }
  const shards =
    traced.length === 0
      ? undefined
      : await findShardTraces(store, {
          sightings: traced,
          versions: needed.known,
          inUse: () => refuseIfInUse(needed),
        });
  const changes: Change[] = [
    ...(shards?.changes ?? []),
    ...(await findScoreTraces(store, traced)),
    ...(await findEvaluationTraces(store, { registry, sightings: traced, versions: needed.known })),
    ...predictions,
    ...(await findRunTraces(store, names.addresses, traced)),
    ...(await findInspectionTraces(store, content, names.addresses)),
    ...(await findListingTraces(store, traced)),
    ...uploads,
    ...(await findReviewTraces(store, digests)),
    ...(deleteSource ? sources.changes : []),
  ];
  if (!dryRun) {
    onStep(`deleting or rewriting ${changes.length + lists.length} objects`);
    await applyChanges(store, changes);
  }
  const localCopies = shards === undefined ? 0 : await dropLocalCopies(shards.isFree);
  if (!dryRun) {
    await applyChanges(store, lists);
    await requireNobodyElse(store, digests);
    for (const version of held) await rewriteImages(store, await datasets.manifest(version));
    if ((await look()).sightings.some(({ image }) => image !== null)) throw busy();
    for (const digest of digests) await new Tombstones(store).complete(digest);
  }
  return {
    dryRun,
    digests: [...digests],
    sightings,
    models,
    retired: held,
    changes: countChanges([...changes, ...lists]),
    localCopies,
    leftInSources: deleteSource ? [] : sources.changes.map(({ bucket, key }) => s3Uri(bucket, key)),
    closedSources: sources.closed.map(({ uri, failure }) => ({ uri, reason: failure.message })),
    manifests: await listFilesOf(
      store,
      held.flatMap((version) => found.manifests.get(version) ?? []),
    ),
  };
}

/** A list of images is the last to know the names of every picture it loses: all of these must have been seen to. */
async function requireNobodyElse(store: ObjectStore, digests: ReadonlySet<string>): Promise<void> {
  if ([...(await new Tombstones(store).unfinished())].some((digest) => !digests.has(digest))) throw busy();
}

function busy(): GraftworkError {
  return new GraftworkError(
    'GW_CONFLICT',
    'Another picture is being forgotten, or an ingest is ending, at the same time.',
    {
      remedy: 'Run the same command again when that has ended. It continues from here.',
      retryable: true,
    },
  );
}
