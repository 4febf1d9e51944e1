/** The plan by which the kept stages of a run train once more, on the validation pictures, too. */
import type { PlanOutput, PlanRefitInput } from '../../contracts/activities/trainingActivities.js';
import { refitStage, type StagePlan } from '../../contracts/spec/plan.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { referenceOf, withFeatures } from './planFeatures.js';
import { readPlan, writePlan } from './planStore.js';

/**
 * The stages keep their number and their settings; nothing validates, so each keeps its last epoch.
 *
 * @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT
 */
export async function planRefit(
  { cache }: Pick<ActivityDependencies, 'cache'>,
  { plan: digest }: PlanRefitInput,
): Promise<PlanOutput> {
  const { features: _features, ...plan } = await readPlan(cache, digest);
  const refit = withFeatures({ ...plan, refit: true, stages: plan.stages.map(onceMore) });
  return referenceOf(refit, await writePlan(cache, refit));
}

function onceMore(stage: StagePlan): StagePlan {
  const name = refitStage(stage.name);
  if (stage.kind === 'head') return { ...stage, name };
  const { refitEpochs, folds: _folds, training, ...rest } = stage;
  return { ...rest, name, training: { ...training, epochs: refitEpochs ?? training.epochs } };
}
