/** The plan by which a run's recipe is tested in folds of all pictures, those of the test too. */
import type { PlanFoldsInput } from '../../contracts/activities/choosingActivities.js';
import type { PlanOutput } from '../../contracts/activities/trainingActivities.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { referenceOf, withFeatures } from './planFeatures.js';
import { readPlan, writePlan } from './planStore.js';

/** @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT */
export async function planFolds(
  { cache }: Pick<ActivityDependencies, 'cache'>,
  { plan: digest }: PlanFoldsInput,
): Promise<PlanOutput> {
  const { features: _features, ...plan } = await readPlan(cache, digest);
  const folded = withFeatures({ ...plan, folded: true });
  return referenceOf(folded, await writePlan(cache, folded));
}
