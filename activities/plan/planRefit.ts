/** The plan by which what a run has trained learns from the validation pictures, too. */
import type { PlanOutput, PlanRefitInput } from '../../contracts/activities/trainingActivities.js';
import { epochsLeft, refitStage, type StagePlan } from '../../contracts/spec/plan.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { inWholeLength } from './stagePlans.js';
import { referenceOf, withFeatures } from './planFeatures.js';
import { readPlan, writePlan } from './planStore.js';

/**
 * A last step that was tried goes on from what it has made, for the epochs that are left. Otherwise all stages begin again: they keep
 * their number and their settings. Nothing validates, so each keeps its last epoch.
 *
 * @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT
 */
export async function planRefit(
  { cache }: Pick<ActivityDependencies, 'cache'>,
  { plan: digest, goesOn }: PlanRefitInput,
): Promise<PlanOutput> {
  const { features: _features, ...plan } = await readPlan(cache, digest);
  const stages =
    goesOn === undefined
      ? { stages: plan.stages.map(onceMore) }
      : { continues: { plan: digest, kept: goesOn.kept }, stages: [continued(plan.stages[goesOn.stage])] };
  const refit = withFeatures({ ...plan, refit: true, ...stages });
  return referenceOf(refit, await writePlan(cache, refit));
}

function onceMore(stage: StagePlan): StagePlan {
  return { ...inWholeLength(stage), name: refitStage(stage.name) };
}

/** @throws RangeError for a stage that was not tried: nothing of it is left */
function continued(stage: StagePlan | undefined): StagePlan {
  if (stage?.kind !== 'fineTune' || stage.refitEpochs === undefined) throw new RangeError('this stage was not tried');
  const { refitEpochs, folds: _folds, training, ...rest } = stage;
  const epochs = epochsLeft({ epochs: training.epochs, refitEpochs });
  return { ...rest, name: refitStage(stage.name), training: { ...training, epochs } };
}
