/** The pictures that folds hold out, and their features. */
import { splits, type Split } from '../../contracts/data/dataset.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { joinedFeatures } from '../../learning/features/joinedFeatures.js';
import type { LabelledFeatures } from '../../learning/training/index.js';
import { heldTogether, requireParts } from '../features/heldTogether.js';
import type { StageFeatures } from '../features/loadFeatures.js';
import type { ActivityDependencies } from '../shared/dependencies.js';

/** What is held out of a plan's pictures: those that train, those that validate, and in a plan of folds those of the test. */
export interface HeldOut {
  labels: number[];
  /** For each picture, the first one of what belongs together. */
  together: Uint32Array;
}

/**
 * Groups of the source and look-alikes are in one fold, as they are in one split.
 *
 * @throws GraftworkError GW_DATASET_INVALID when all pictures belong together
 */
export async function heldOutPictures(
  dependencies: ActivityDependencies,
  plan: Plan,
  signal: AbortSignal,
): Promise<HeldOut> {
  const held = await heldTogether(dependencies, plan, splitsOf(plan), signal);
  requireParts(held, plan.spec.dataset.uri);
  return { labels: held.images.map(({ label }) => label), together: held.together };
}

/** Those whose features a plan lists. */
export function splitsOf({ features }: Pick<Plan, 'features'>): Split[] {
  return splits.filter((split) => features.some((shard) => shard.split === split));
}

/** The features of all of them, in their order. */
export function heldOutFeatures({ train, validation, test }: StageFeatures): LabelledFeatures {
  return [validation, test].reduce<LabelledFeatures>(
    (all, split) =>
      split === null
        ? all
        : {
            ...all,
            features: joinedFeatures(all.features, split.features),
            labels: [...Array.from(all.labels), ...Array.from(split.labels)],
          },
    train,
  );
}
