/** The training run that a person means: its own id, or that of the retraining that started it. */
import { WorkflowNotFoundError } from '@temporalio/common';
import { GraftworkError } from '../../contracts/errors.js';
import { retrainedRunId, workflowTypes } from '../../contracts/names.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { retrainResultSchema } from '../../contracts/retraining.js';
import type { ObjectStore } from '../../storage/objectStore.js';
import { serviceFailure } from '../failures.js';
import { statusOf } from '../runStatus.js';
import type { TemporalConnection } from '../temporalConnection.js';
import { trainingChildOf } from '../trainingChildOf.js';

/**
 * @returns the id as given where it is of neither; whoever looks for that run says so
 * @throws GraftworkError GW_RUN_NOT_FOUND for a retraining that trained nothing, GW_TEMPORAL_UNREACHABLE
 */
export async function trainingRunOf(temporal: TemporalConnection, store: ObjectStore, id: string): Promise<string> {
  const workflow = temporal.client.workflow.getHandle(id);
  try {
    const { type, status } = await workflow.describe();
    if (type !== workflowTypes.retrain) return id;
    const run = await trainingChildOf(temporal, id);
    if (run !== undefined) return run;
    const reason =
      status.name === 'COMPLETED'
        ? retrainResultSchema.parse(await workflow.result()).reason
        : `it is ${statusOf(status.name)}`;
    throw new GraftworkError('GW_RUN_NOT_FOUND', `Retraining ${id} trained nothing: ${reason}.`, {
      remedy: '`graftwork runs` lists the training runs.',
    });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw serviceFailure(error, id);
    return (await recordedRunOf(store, id)) ?? id;
  }
}

/** Of a retraining that Temporal has forgotten, the bucket has the run. */
async function recordedRunOf(store: ObjectStore, id: string): Promise<string | undefined> {
  const [beginning = '', end = ''] = objectKeys.runResult(retrainedRunId(id, ' ')).split(' ');
  for await (const { key } of store.list(beginning))
    if (key.endsWith(end)) return key.slice('runs/'.length, -end.length);
  return undefined;
}
