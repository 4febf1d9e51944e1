/** The pictures that folds hold out, and their features. */
import type { ImageEntry } from '../../contracts/data/dataset.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { lookAlikes } from '../../learning/dataset/duplicates.js';
import { keptTogether } from '../../learning/dataset/splits/groups.js';
import { joinedFeatures } from '../../learning/features/joinedFeatures.js';
import type { LabelledFeatures } from '../../learning/training/index.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import type { StageFeatures } from '../features/loadFeatures.js';
import { withHealedVersion } from '../ingest/healedVersion.js';
import type { ActivityDependencies } from '../shared/dependencies.js';

/** What is held out of a plan's pictures: those that train, those that validate, and in a plan of folds those of the test. */
export interface HeldOut {
  labels: number[];
  /** For each picture, the first one of what belongs together. */
  together: Uint32Array;
}

/** Groups of the source and look-alikes are in one fold, as they are in one split. */
export async function heldOutPictures(
  dependencies: ActivityDependencies,
  plan: Plan,
  signal: AbortSignal,
): Promise<HeldOut> {
  const read = (): Promise<ImageEntry[]> => new Datasets(dependencies.store).images(plan.datasetVersion);
  const all = await withHealedVersion(dependencies, plan, signal, read);
  const splits = ['train', 'validation', ...(plan.folded === true ? ['test'] : [])];
  const images = splits.flatMap((split) => all.filter((image) => image.split === split));
  const grouped = images.map((image) => ({ ...image, className: String(image.label) }));
  const hasGroups = images.some(({ group }) => group !== undefined);
  const { first } = keptTogether(grouped, lookAlikes(images), hasGroups);
  return { labels: images.map(({ label }) => label), together: first };
}

/** The features of all of them, in their order. */
export function heldOutFeatures({ train, validation, test }: StageFeatures): LabelledFeatures {
  return [validation, test].reduce<LabelledFeatures>(
    (all, split) =>
      split === null
        ? all
        : {
            features: joinedFeatures(all.features, split.features),
            labels: [...Array.from(all.labels), ...Array.from(split.labels)],
          },
    train,
  );
}
