/** Which pictures of a plan are held out together: groups of the source and look-alikes, as they are in one split. */
import type { ImageEntry, Split } from '../../contracts/data/dataset.js';
import { GraftworkError } from '../../contracts/errors.js';
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import { lookAlikes } from '../../learning/dataset/duplicates.js';
import { keptTogether } from '../../learning/dataset/splits/groups.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { withHealedVersion, type DatasetVersionOf } from '../ingest/healedVersion.js';
import type { ActivityDependencies } from '../shared/dependencies.js';

export interface HeldTogether {
  /** Those of the first split first. */
  images: ImageEntry[];
  /** For each picture, the first one of what belongs together. */
  together: Uint32Array;
}

/**
 * What folds need: pictures that can be held out from others.
 *
 * @throws GraftworkError GW_DATASET_INVALID when all pictures belong together
 */
export function requireParts({ together }: HeldTogether, uri: string): void {
  const [first] = together;
  if (together.length === 0 || together.some((one) => one !== first)) return;
  throw new GraftworkError(
    'GW_DATASET_INVALID',
    `All ${together.length} pictures at ${uri} that are learnt from belong together, so none can be held out in folds.`,
    { remedy: 'Use smaller groups, or leave out evaluation.folds and imbalance: auto.' },
  );
}

/** @param version with the sets of labels of a multi-label task @throws as `withHealedVersion` */
export async function heldTogether(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  version: DatasetVersionOf & { labelSets?: LabelSets | undefined },
  splits: readonly Split[],
  signal: AbortSignal,
): Promise<HeldTogether> {
  const read = (): Promise<ImageEntry[]> => new Datasets(dependencies.store).images(version.datasetVersion);
  const all = await withHealedVersion(dependencies, version, signal, read);
  const images = splits.flatMap((split) => all.filter((image) => image.split === split));
  const { labelSets } = version;
  const tagsOf = (label: number): string[] => {
    const own = labelsOf(label, labelSets).map(String);
    return own.length === 0 ? [''] : own;
  };
  const grouped = images.map((image) => ({
    ...image,
    className: String(image.label),
    ...(labelSets === undefined ? {} : { tags: tagsOf(image.label) }),
  }));
  const hasGroups = images.some(({ group }) => group !== undefined);
  return { images, together: keptTogether(grouped, lookAlikes(images), hasGroups).first };
}
