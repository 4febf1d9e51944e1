/** The feature shards of a plan, and their content keys. Pure. */
import { drawnAugmentation } from '../../contracts/spec/stages/augmentationSpec.js';
import { computedIn } from '../../contracts/spec/computeSpec.js';
import type { Split } from '../../contracts/data/dataset.js';
import type { FeatureShard, PixelShard, Plan, PlanReference } from '../../contracts/spec/plan.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { storedCut } from './chooseCache.js';

/** A plan whose feature shards are not listed yet. */
export type PlanWithoutFeatures = Omit<Plan, 'features'>;

export function withFeatures(plan: PlanWithoutFeatures): Plan {
  return { ...plan, features: plan.pixels.flatMap((shard) => featureShards(shard, plan)) };
}

/**
 * Views of each image. The test split is not looked at before evaluation; where validation judges, or a fold, it sees the centre
 * crop.
 */
export function viewsOfSplit(
  split: Split,
  { refit, folded, augmentation }: Pick<Plan, 'refit' | 'folded' | 'augmentation'>,
): number {
  const validation = refit === true ? augmentation.views : 1;
  return { train: augmentation.views, validation, test: folded === true ? 1 : 0 }[split];
}

export function validationPictures({ features }: Pick<Plan, 'features'>): number {
  return features.reduce((sum, { split, count }) => sum + (split === 'validation' ? count : 0), 0);
}

/** What the workflow keeps of a plan. */
export function referenceOf(plan: Plan, digest: string): PlanReference {
  const { backbone, pixels, features, cache, stages } = plan;
  const decision = cache?.cut ?? cache?.pooled;
  return {
    digest,
    backbone: backbone.name,
    pixelShards: pixels.length,
    featureShards: features.length,
    ...(decision === undefined ? {} : { cache: decision }),
    stages: stages.map((stage) => ({
      ...{ name: stage.name, kind: stage.kind, epochs: stage.training.epochs },
      ...(stage.kind === 'head' || stage.refitEpochs === undefined ? {} : { refitEpochs: stage.refitEpochs }),
    })),
  };
}

/** Features of a pixel shard, if there are any. */
function featureShards({ key: pixels, split, start, count }: PixelShard, plan: PlanWithoutFeatures): FeatureShard[] {
  const { augmentation, backbone, input, spec } = plan;
  const { name, sha256 } = backbone;
  const { crop, store, mean, std } = input;
  const cut = storedCut(plan);
  const views = viewsOfSplit(split, plan);
  if (views === 0) return [];
  const key = contentKey('features/2', {
    pixels,
    backbone: { name, sha256 },
    input: { crop, store, mean, std },
    cut,
    views,
    // The centre crop alone is drawn by nobody.
    drawn: views === 1 ? null : { augmentation: drawnAugmentation(augmentation), seed: spec.seed },
    // Float32 is not written down: it was the only type before there was a choice.
    ...(cut === null || spec.cache.dtype === 'float32' ? {} : { dtype: spec.cache.dtype }),
    ...computedIn(spec),
  });
  return [{ key, pixels, split, start, count, views }];
}
