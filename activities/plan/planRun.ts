/** From a spec and a dataset version to a plan: everything looked up, every content key known before the work begins. */
import { requireFitting } from '../../contracts/spec/taskProblems.js';
import type { PlanInput, PlanOutput } from '../../contracts/activities/trainingActivities.js';
import type { PlanCache } from '../../contracts/spec/activationCache.js';
import type { BackbonePlan, InputSettings, PixelShard } from '../../contracts/spec/plan.js';
import { refitPictures } from '../../contracts/spec/refitPictures.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { activationShape, type Backbone } from '../../learning/backbones/architecture.js';
import { requireLabels } from '../../learning/checkpoints/index.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { chooseCache } from './chooseCache.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { withHealedVersion } from '../ingest/healedVersion.js';
import { inputSettings } from './inputSettings.js';
import { findWeights } from '../backbone/networkParameters.js';
import { PartlySeen } from './partlySeen.js';
import { referenceOf, viewsOfSplit, withFeatures } from './planFeatures.js';
import { PixelShardPlanner } from './planPixelShards.js';
import { writePlan } from './planStore.js';
import { requireSize } from './requireSize.js';
import { findBackbone } from '../backbone/sourceBackbone.js';
import { commonCut, planStages } from './stagePlans.js';

/**
 * @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND, GW_STAGE_UNKNOWN, GW_SPEC_INVALID, GW_DATASET_RETIRED,
 * GW_WEIGHTS_…, GW_CORRUPT when the version is damaged and its source has changed: nothing has been computed yet
 */
export async function planRun(
  dependencies: ActivityDependencies,
  { spec, dataset }: PlanInput,
  { signal }: { signal: AbortSignal },
): Promise<PlanOutput> {
  const { store, cache } = dependencies;
  requireFitting(spec, dataset.task);
  const found = await findBackbone(dependencies, spec.backbone);
  const { backbone } = found;
  const rows = reusedRows(spec.head, dataset.classes, found.classes);
  const stages = planStages(backbone, spec.head, spec.fineTune, {
    images: dataset.counts.train,
    refitImages: refitPictures(spec, dataset.counts),
    rows,
    recipe: spec.recipe,
  });
  const cut = commonCut(backbone, stages);
  const weights = await findWeights(dependencies, backbone, { ...spec.backbone, weights: found.weights }, signal);
  // Weights that the person names beside a checkpoint are not the checkpoint's.
  const checkpoint = spec.backbone.weights === undefined ? found.checkpoint : null;
  if (checkpoint !== null) requireLabels(checkpoint, weights.parameters);
  const source: BackbonePlan = {
    name: backbone.name,
    ...(found.weights === undefined ? {} : { weights: found.weights }),
    sha256: weights.sha256,
    source: weights.source,
    license: weights.licence === 'unknown' ? (checkpoint?.licence ?? 'unknown') : weights.licence,
    featureSize: backbone.featureSize,
  };
  const input = inputSettings(found.input, spec.preprocess);
  requireSize(backbone, input.crop);
  const datasets = new Datasets(store);
  const { pixels, partlySeen, labelSets } = await withHealedVersion(
    dependencies,
    { datasetVersion: dataset.version, spec },
    signal,
    async () => {
      const planner = new PixelShardPlanner(input);
      const partly = new PartlySeen(input);
      const { labelSets: sets } = await datasets.trainable(dataset.version);
      for await (const image of datasets.eachImage(dataset.version)) {
        planner.add(image);
        partly.add(image);
      }
      return { pixels: planner.end(), partlySeen: partly.found, labelSets: sets };
    },
  );
  const plan = withFeatures({
    format: 1,
    spec,
    datasetVersion: dataset.version,
    classes: dataset.classes,
    ...(labelSets === undefined ? {} : { labelSets }),
    backbone: source,
    input,
    augmentation: spec.augmentation,
    pixels,
    cut,
    cache: planCache(backbone, pixels, input, cut, spec, cache.budget),
    stages,
  });
  return {
    ...referenceOf(plan, await writePlan(cache, plan)),
    ...(input.range === undefined ? {} : { range: input.range }),
    ...(partlySeen === undefined ? {} : { partlySeen }),
  };
}

/**
 * For each class its row in the source's classifier; undefined where a new classifier is trained.
 *
 * @param known classes of the source; null where it is no registered model
 */
function reusedRows(
  { reuseRows }: RunSpec['head'],
  classes: readonly string[],
  known: readonly string[] | null,
): (number | null)[] | undefined {
  if (reuseRows !== true || known === null) return undefined;
  const rows = classes.map((name) => known.indexOf(name)).map((row) => (row === -1 ? null : row));
  return rows.every((row) => row === null) ? undefined : rows;
}

/** @param budget bytes on local disk, of the machine that plans: workers are expected to be set alike */
function planCache(
  backbone: Backbone,
  pixels: readonly PixelShard[],
  { crop }: InputSettings,
  cut: string | null,
  { augmentation, cache }: RunSpec,
  budget: number,
): PlanCache {
  const atCut = cut === null ? null : activationShape(backbone, cut, crop);
  return chooseCache({
    rows: pixels.reduce((sum, { split, count }) => sum + count * viewsOfSplit(split, { augmentation }), 0),
    pooled: backbone.featureSize,
    cut: atCut && atCut.h * atCut.w * atCut.c,
    dtype: cache.dtype,
    budget,
  });
}
