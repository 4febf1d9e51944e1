/** The run's record in the bucket: it outlives Temporal's retention. */
import type { RecordRunInput } from '../../contracts/activities/trainingActivities.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ActivityDependencies } from '../shared/dependencies.js';

export async function recordRun({ store }: ActivityDependencies, { result }: RecordRunInput): Promise<void> {
  await store.putJson(objectKeys.runResult(result.run), result);
}
