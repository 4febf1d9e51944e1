/** A dataset version's images by split, in manifest order: the order of pixel and feature shards. */
import { splits, type ImageEntry, type Split } from '../contracts/dataset.js';
import { GraftworkError } from '../contracts/errors.js';
import type { RunSpec } from '../contracts/runSpec.js';
import { Datasets } from '../storage/datasets.js';
import type { ActivityDependencies } from './dependencies.js';
import { ingestDataset } from './ingestDataset.js';
import { whyLost } from './lostObject.js';

export type SplitImages = Record<Split, ImageEntry[]>;

/** Which dataset version, and where it came from: a plan, or as much of one. */
export interface DatasetVersionOf {
  datasetVersion: string;
  spec: Pick<RunSpec, 'dataset' | 'seed'>;
}

/**
 * The images of a plan's dataset version. When its manifest or its list is damaged or gone, the source is ingested anew:
 * the same files give the same version.
 *
 * @throws GraftworkError GW_CORRUPT when the version is damaged and the source has changed since
 */
export async function readSplits(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  plan: DatasetVersionOf,
  signal: AbortSignal,
): Promise<SplitImages> {
  const images = await readImages(dependencies, plan, signal);
  const bySplit: SplitImages = { train: [], validation: [], test: [] };
  for (const split of splits) bySplit[split] = images.filter((image) => image.split === split);
  return bySplit;
}

async function readImages(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  { datasetVersion, spec }: DatasetVersionOf,
  signal: AbortSignal,
): Promise<ImageEntry[]> {
  const { store, log } = dependencies;
  const datasets = new Datasets(store);
  try {
    return await datasets.images(datasetVersion);
  } catch (thrown) {
    const reason = whyLost(thrown);
    log.warn({ dataset: datasetVersion, reason }, 'the dataset version is damaged: its source is ingested anew');
    const input = { dataset: spec.dataset, seed: spec.seed };
    const { version } = await ingestDataset(dependencies, input, { progress: () => undefined, signal }, { anew: true });
    if (version === datasetVersion) return datasets.images(datasetVersion);
    throw new GraftworkError('GW_CORRUPT', reason, {
      remedy: `${spec.dataset.uri} has changed since: start the run again, which ingests it as it is now.`,
      cause: thrown,
    });
  }
}
