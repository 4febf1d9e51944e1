/** The features and the labels a stage trains on. */
import type { FeatureKind } from '../../contracts/spec/activationCache.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { Progress } from '../../contracts/spec/stages/training.js';
import type { LabelledFeatures } from '../../learning/training/index.js';
import { tierOf } from '../plan/chooseCache.js';
import { Cleanup } from '../shared/cleanup.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { imagesFor, type OpenSplit, type Use } from './openSplit.js';
import { recomputedFeatures } from './recomputedFeatures.js';
import { readSplits } from '../plan/splitImages.js';
import { storedFeatures } from './storedFeatures.js';

export interface LoadOptions {
  stage: string;
  progress: (progress: Progress) => void;
  signal: AbortSignal;
  /** How often the number of images in one pass has been halved, where features have to be made again. */
  halvings: number;
}

/** Owns what the features are read from, files or a network: to be disposed of after training. */
export interface StageFeatures extends AsyncDisposable {
  train: LabelledFeatures;
  validation: LabelledFeatures | null;
  /** Only of a plan that tests in folds. */
  test: LabelledFeatures | null;
}

/** @param kind `pooled` for a head, `cut` for fine-tuning */
export async function loadFeatures(
  dependencies: ActivityDependencies,
  plan: Plan,
  kind: FeatureKind,
  { stage, progress, signal, halvings }: LoadOptions,
): Promise<StageFeatures> {
  const splits = await readSplits(dependencies, plan, signal);
  const cleanup = new Cleanup();
  let done = 0;
  const opened = (): void => {
    signal.throwIfAborted();
    progress({ stage, done: ++done, total: plan.features.length, unit: 'shards' });
  };
  try {
    const options = { signal, halvings, cleanup, opened };
    const tier = tierOf(plan, kind);
    const open: OpenSplit =
      tier === 'recompute'
        ? await recomputedFeatures(dependencies, plan, splits, options)
        : storedFeatures(dependencies, plan, kind, tier, options);
    const labelled = async (use: Use): Promise<LabelledFeatures | null> => {
      const features = await open(use);
      return (
        features && {
          ...{ features, labels: imagesFor(use, plan, splits).map(({ label }) => label) },
          ...(plan.labelSets === undefined ? {} : { sets: plan.labelSets }),
        }
      );
    };
    const train = await labelled('train');
    if (train === null) throw new RangeError('the plan has no training features');
    const validation = await labelled('validation');
    const test = await labelled('test');
    return { train, validation, test, [Symbol.asyncDispose]: () => cleanup[Symbol.asyncDispose]() };
  } catch (thrown) {
    await cleanup[Symbol.asyncDispose]();
    throw thrown;
  }
}
