/**
 * Who heals a dataset version: every activity that knows its source. The ingest checks the manifest and the short lists of a
 * version it would use again; a step that reads the images heals their list. Readers without a source (the command line, reports,
 * gc, other models' versions) report the damage.
 */
import type { ErrorCode } from '../../contracts/errors.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { Drawing } from '../../learning/dataset/splits/splits.js';
import { thresholdDraw } from '../../learning/dataset/splits/thresholdDraw.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { ingestDataset } from './ingestDataset.js';
import { whyLost } from '../shared/lostObject.js';

/** Which dataset version, and where it came from: a plan, or as much of one. */
export interface DatasetVersionOf {
  datasetVersion: string;
  spec: Pick<RunSpec, 'dataset' | 'seed'>;
}

/** Failures of an ingest that say something about the source, not about this moment. */
const unfitSource = new Set<ErrorCode>([
  'GW_SOURCE_NOT_FOUND',
  'GW_MANIFEST_INVALID',
  'GW_LABELS_INVALID',
  'GW_DATASET_EMPTY',
  'GW_DATASET_INVALID',
  'GW_DATASET_TOO_MANY_BAD',
]);

/**
 * Reads something of a dataset version. If an object of the version is damaged or gone, the source is ingested anew, which writes
 * what is missing: the same files give the same version. Then it is read once more.
 *
 * @throws GraftworkError GW_CORRUPT when the version is damaged and its source has changed or is gone; what `read` throws
 */
export async function withHealedVersion<T>(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  { datasetVersion, spec }: DatasetVersionOf,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    const reason = whyLost(thrown);
    dependencies.log.warn(
      { dataset: datasetVersion, reason },
      'the dataset version is damaged: its source is ingested again',
    );
    await heal(dependencies, { datasetVersion, spec }, signal, reason);
    return read();
  }
}

async function heal(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  { datasetVersion, spec }: DatasetVersionOf,
  signal: AbortSignal,
  reason: string,
): Promise<void> {
  const { uri } = spec.dataset;
  const ingest = (drawing?: Drawing) =>
    ingestDataset(
      dependencies,
      { dataset: spec.dataset, seed: spec.seed },
      { progress: () => undefined, signal },
      { anew: true, ...(drawing === undefined ? {} : { drawing }) },
    ).catch((thrown: unknown) => {
      if (!(thrown instanceof GraftworkError) || !unfitSource.has(thrown.code)) throw thrown;
      throw new GraftworkError('GW_CORRUPT', `${reason} ${uri} cannot be ingested again: ${thrown.message}`, {
        remedy: `Put the pictures back at ${uri}, or restore the object from a backup of the bucket. Then start the run again.`,
        cause: thrown,
      });
    });
  const { version } = await ingest();
  if (version === datasetVersion) return;
  // A run that 0.1.0 began keeps the splits it began with.
  const asBefore: Drawing = (pool, draw) => Promise.resolve(thresholdDraw(pool, { ...draw, seed: spec.seed }));
  if ((await ingest(asBefore)).version === datasetVersion) return;
  throw new GraftworkError('GW_CORRUPT', `${reason} ${uri} has changed since, so this version cannot be rebuilt.`, {
    remedy: `Start the run again: it uses ${uri} as it is now, dataset version ${version}.`,
  });
}
