/** Folds of the training pictures that help a small validation split to decide on a step. */
import { dtypeOf } from '../../contracts/spec/computeSpec.js';
import { getBackbone, type NamedArrays } from '../../learning/backbones/index.js';
import { foldOutcomes } from '../../learning/search/index.js';
import type { LabelledFeatures, StageInput } from '../../learning/training/index.js';
import { heldTogether } from '../features/heldTogether.js';
import { loadFeatures } from '../features/loadFeatures.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { imagesAtOnce } from '../shared/imagesAtOnce.js';
import type { WantedStage } from './wantedStage.js';

/** What the folds learn from. */
export interface Folded {
  /** Activations at the cut. */
  train: LabelledFeatures;
  /** As the stage began with them. */
  parameters: NamedArrays;
  progress: WorkCallbacks['progress'];
  signal: AbortSignal;
}

/** Nothing where validation decides alone. */
export function heldOutInFolds(
  dependencies: ActivityDependencies,
  { plan, stage, input }: WantedStage,
  { train, parameters, progress, signal }: Folded,
): Pick<StageInput, 'heldOut'> {
  if (stage.kind === 'head' || stage.folds === undefined) return {};
  const { folds } = stage;
  const { halvings } = input;
  return {
    heldOut: async () => {
      await using pooled = await loadFeatures(dependencies, plan, 'pooled', {
        ...{ signal, progress, halvings },
        stage: stage.name,
      });
      const { together } = await heldTogether(dependencies, plan, ['train'], signal);
      return await foldOutcomes({
        ...{ stage, folds, together, train, parameters, signal },
        pooled: pooled.train,
        head: plan.spec.head,
        backbone: getBackbone(plan.backbone.name),
        classes: plan.classes.length,
        featuresAfter: plan.cut,
        seed: plan.spec.seed,
        mixing: plan.augmentation,
        atOnce: imagesAtOnce(stage.training.batchSize, halvings),
        dtype: dtypeOf(plan.spec),
        onProgress: progress,
        onStep: (images) => dependencies.measure('images', images, { stage: 'fine-tune' }),
      });
    },
  };
}
