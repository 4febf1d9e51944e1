/** The plan by which a run's recipe is tested in folds of all pictures, those of the test too. */
import type { PlanFoldsInput } from '../../contracts/activities/choosingActivities.js';
import type { PlanOutput } from '../../contracts/activities/trainingActivities.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { inWholeLength } from './stagePlans.js';
import { referenceOf, withFeatures } from './planFeatures.js';
import { readPlan, writePlan } from './planStore.js';

/** @throws GraftworkError GW_SPEC_INVALID for pictures with several labels, GW_OBJECT_MISSING, GW_CORRUPT */
export async function planFolds(
  { cache }: Pick<ActivityDependencies, 'cache'>,
  { plan: digest }: PlanFoldsInput,
): Promise<PlanOutput> {
  const { features: _features, ...plan } = await readPlan(cache, digest);
  if (plan.labelSets !== undefined) throw severalLabels(plan.spec.dataset.uri);
  const folded = withFeatures({ ...plan, stages: plan.stages.map(inWholeLength), folded: true });
  return referenceOf(folded, await writePlan(cache, folded));
}

/** Folds of the pictures are what a test in folds and a review of labels are made of. */
function severalLabels(uri: string): GraftworkError {
  return new GraftworkError(
    'GW_SPEC_INVALID',
    `The pictures at ${uri} have several labels each. A test in folds and a review of multi-label sets are not available.`,
    { remedy: 'Train and test as usual: `graftwork train` and `graftwork evaluate` take such pictures.' },
  );
}
