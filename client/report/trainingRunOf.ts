/** The training run that a person means: its own id, or that of the retraining that started it. */
import { WorkflowNotFoundError } from '@temporalio/common';
import { GraftworkError } from '../../contracts/errors.js';
import { retrainedRunId, workflowTypes } from '../../contracts/names.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { retrainResultSchema } from '../../contracts/retraining.js';
import type { ObjectStore } from '../../storage/objectStore.js';
import { serviceFailure } from '../failures.js';
import type { TemporalConnection } from '../temporalConnection.js';

/**
 * @returns the id as given where it is of neither; whoever looks for that run says so
 * @throws GraftworkError GW_RUN_NOT_FOUND for a retraining that trained nothing, GW_TEMPORAL_UNREACHABLE
 */
export async function trainingRunOf({ client }: TemporalConnection, store: ObjectStore, id: string): Promise<string> {
  const workflow = client.workflow.getHandle(id);
  const run = retrainedRunId(id);
  try {
    const { type, status } = await workflow.describe();
    if (type !== workflowTypes.retrain) return id;
    if (status.name !== 'COMPLETED') return run;
    const { status: became, reason } = retrainResultSchema.parse(await workflow.result());
    if (became === 'trained') return run;
    throw new GraftworkError('GW_RUN_NOT_FOUND', `Retraining ${id} trained nothing: ${reason}.`, {
      remedy: '`graftwork runs` lists the training runs.',
    });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw serviceFailure(error, id);
    // Of a retraining that Temporal has forgotten, the bucket has the run.
    return (await store.head(objectKeys.runResult(run))) === undefined ? id : run;
  }
}
