/** Which data the last retraining of a model was about: the next tick of its schedule looks here. */
import type { RecordRetrainingInput } from '../../contracts/activities/promotionActivities.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ActivityDependencies } from '../shared/dependencies.js';

export async function recordRetraining(
  { store }: Pick<ActivityDependencies, 'store'>,
  { record }: RecordRetrainingInput,
): Promise<void> {
  await store.putJson(objectKeys.retraining(record.model.name), record);
}
