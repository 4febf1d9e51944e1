/** Finding and forgetting pictures, with what Temporal and this machine's disk know of them. */
import { join } from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import { workflowTypes } from '../../contracts/names.js';
import { exposedModels, type ExposedModels } from '../../storage/forgetting/exposedModels.js';
import { forgetPictures, type ForgetReport, type NeededByRuns } from '../../storage/forgetting/forgetPictures.js';
import { dropLocalCopies } from '../../storage/forgetting/localCopies.js';
import { findSightings, type Sighting } from '../../storage/forgetting/sightings.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { personHere } from '../connection/personHere.js';
import { namePicture, unknownPicture } from '../folders/picture.js';
import { eachRunInProgress, predictionOf, type RunInProgress } from '../runs/runsInProgress.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

export interface FoundInDatasets {
  /** Digests of the contents found under this name. */
  digests: string[];
  sightings: Sighting[];
  models: ExposedModels;
}

export interface ForgetPictureOptions {
  /** Whether to only report what would be done. @default false */
  dryRun?: boolean;
  /** Whether to delete the picture at its source, too. @default false */
  deleteSource?: boolean;
  /** Reason, kept with the tombstone. */
  reason?: string;
  /** Person who asks for it. @default user and machine of this process */
  by?: string;
  onStep?: (step: string) => void;
}

/** @throws GraftworkError GW_PICTURE_NOT_FOUND, GW_USAGE, GW_CORRUPT */
export async function findPicture(store: ObjectStore, picture: string): Promise<FoundInDatasets> {
  const sought = await namePicture(store, picture);
  const { digests, sightings } = await findSightings({ store, datasets: new Datasets(store) }, sought);
  if (digests.size === 0) throw unknownPicture(picture);
  return { digests: [...digests], sightings, models: await exposedModels(new ModelRegistry(store), sightings) };
}

/**
 * @param home Graftwork's folder on this machine
 * @throws GraftworkError GW_PICTURE_NOT_FOUND, GW_PICTURE_IN_USE, GW_USAGE, GW_CORRUPT, GW_CONFLICT
 */
export async function forgetPicture(
  { store, temporal, home }: { store: ObjectStore; temporal: TemporalConnection; home: string },
  picture: string,
  { dryRun = false, deleteSource = false, reason, by = personHere(), onStep }: ForgetPictureOptions,
): Promise<ForgetReport> {
  const { sizes, ...sought } = await namePicture(store, picture);
  const report = await forgetPictures(store, sought, {
    asked: { by, reason: reason ?? null },
    dryRun,
    deleteSource,
    sizes,
    refuseIfInUse: async (needed) => {
      const runs = await inProgress(temporal);
      refuseIfInUse(runs, needed);
      return new Set(runs.flatMap(({ digests }) => [...digests]));
    },
    dropLocalCopies: (isFree) => dropLocalCopies(join(home, 'cache'), isFree, dryRun),
    onStep: onStep ?? (() => undefined),
  });
  if (report === undefined) throw unknownPicture(picture);
  return report;
}

async function inProgress(temporal: TemporalConnection): Promise<RunInProgress[]> {
  const runs: RunInProgress[] = [];
  for await (const run of eachRunInProgress(temporal)) runs.push(run);
  return runs;
}

/**
 * A run needs the picture when its version holds it, and may when it has no version yet: it may have read the picture already.
 * @throws GraftworkError GW_PICTURE_IN_USE naming the runs
 */
export function refuseIfInUse(
  runs: readonly Pick<RunInProgress, 'id' | 'type' | 'digests'>[],
  { versions, known, predictions }: NeededByRuns,
): void {
  const reads = new Set<string>([
    ...[workflowTypes.train, workflowTypes.rank, workflowTypes.retrain, workflowTypes.evaluate, workflowTypes.review],
  ]);
  const uses = runs.filter((run) => {
    if (predictions.has(predictionOf(run) ?? '')) return true;
    if ([...versions].some((version) => run.digests.has(version))) return true;
    return reads.has(run.type) && ![...known].some((version) => run.digests.has(version));
  });
  if (uses.length === 0) return;
  const ids = uses.map(({ id }) => id);
  throw new GraftworkError(
    'GW_PICTURE_IN_USE',
    `${ids.length === 1 ? 'A run in progress needs' : `${ids.length} runs in progress need`} the picture, or may need it: ${ids.join(', ')}.`,
    {
      remedy: `Wait until ${ids.length === 1 ? 'it has' : 'they have'} ended, or cancel ${ids.length === 1 ? 'it' : 'them'} (\`graftwork cancel ${ids[0]}\`). Then run the same command again.`,
    },
  );
}
