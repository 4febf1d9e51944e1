/** From a spec and a dataset version to a plan: everything looked up, every content key known before the work begins. */
import type { PlanInput, PlanOutput } from '../contracts/activities.js';
import type { BackbonePlan, FeatureShard, InputSettings, PixelShard, Plan } from '../contracts/plan.js';
import type { RunSpec } from '../contracts/runSpec.js';
import { getBackbone, type Backbone } from '../learning/backbones/architecture.js';
import { contentKey } from '../storage/contentKey.js';
import { Datasets } from '../storage/datasets.js';
import type { ActivityDependencies } from './dependencies.js';
import { findWeights } from './networkParameters.js';
import { planPixelShards } from './planPixelShards.js';
import { writePlan } from './planStore.js';
import { commonCut, planStages } from './stagePlans.js';

/**
 * @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_STAGE_UNKNOWN, GW_SPEC_INVALID, GW_WEIGHTS_…: nothing has been computed yet
 */
export async function planRun(
  dependencies: ActivityDependencies,
  { spec, dataset }: PlanInput,
  { signal }: { signal: AbortSignal },
): Promise<PlanOutput> {
  const { store, cache } = dependencies;
  const backbone = getBackbone(spec.backbone.name);
  const stages = planStages(backbone, spec.head, spec.fineTune);
  const cut = commonCut(backbone, stages);
  const weights = await findWeights(dependencies, backbone, spec.backbone, signal);
  const source: BackbonePlan = {
    name: backbone.name,
    ...(spec.backbone.weights === undefined ? {} : { weights: spec.backbone.weights }),
    sha256: weights.sha256,
    source: weights.source,
    license: weights.licence,
    featureSize: backbone.featureSize,
  };
  const input = inputSettings(backbone, spec);
  const pixels = await planPixelShards(new Datasets(store).eachImage(dataset.version), input);
  const plan: Plan = {
    format: 1,
    spec,
    datasetVersion: dataset.version,
    classes: dataset.classes,
    backbone: source,
    input,
    augmentation: spec.augmentation,
    pixels,
    features: pixels.flatMap((shard) => featureShards(shard, source, input, cut, spec)),
    cut,
    stages,
  };
  return {
    digest: await writePlan(cache, plan),
    backbone: backbone.name,
    pixelShards: pixels.length,
    featureShards: plan.features.length,
    stages: stages.map(({ name, kind, training }) => ({ name, kind, epochs: training.epochs })),
  };
}

/** The backbone's own preprocessing, where the spec does not say otherwise. The stored square is what views are cut from. */
function inputSettings(backbone: Backbone, { preprocess }: RunSpec): InputSettings {
  const { size, resize: usual, interpolation, mean, std } = backbone.input;
  const crop = preprocess.crop ?? size;
  // Another crop keeps the usual proportion of crop and resize.
  const resize = Math.max(crop, preprocess.resize ?? (crop === size ? usual : Math.round((crop * usual) / size)));
  return {
    resize,
    crop,
    interpolation: preprocess.interpolation ?? interpolation,
    store: resize,
    mean: [...mean],
    std: [...std],
  };
}

/** Features of a pixel shard: none for the test split, which nothing looks at before evaluation. */
function featureShards(
  { key: pixels, split, start, count }: PixelShard,
  { name, sha256 }: BackbonePlan,
  { crop, store, mean, std }: InputSettings,
  cut: string | null,
  { augmentation, seed }: RunSpec,
): FeatureShard[] {
  if (split === 'test') return [];
  const views = split === 'train' ? augmentation.views : 1;
  const key = contentKey('features/1', {
    pixels,
    backbone: { name, sha256 },
    input: { crop, store, mean, std },
    cut,
    views,
    // The centre crop alone is drawn by nobody.
    drawn: views === 1 ? null : { augmentation, seed },
  });
  return [{ key, pixels, split, start, count, views }];
}
