/** The training run that a person means: by its own id, by that of the retraining that started it, or by the model it made. */
import { WorkflowNotFoundError } from '@temporalio/common';
import { GraftworkError, asGraftworkError } from '../../contracts/errors.js';
import { approvalWorkflowId, retrainedRunId, workflowTypes } from '../../contracts/names.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { retrainResultSchema } from '../../contracts/models/retraining.js';
import { runResultSchema } from '../../contracts/run/result.js';
import { statusText } from '../../contracts/run/statusText.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { serviceFailure } from '../connection/failures.js';
import { hasEnded, statusOf } from './runStatus.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';
import { trainingChildOf } from './trainingChildOf.js';

export interface MeantRunOptions {
  /** A retraining is meant itself, not the run it started. @default false */
  orRetraining?: boolean;
}

/**
 * @param named a run's id, a retraining's (a tick of a schedule), that of a wait for an approval, `name` or `name@version`
 * @returns the run's id; the id as given for any other workflow: the search for a run there says what it is
 * @throws GraftworkError GW_RUN_NOT_FOUND for a retraining that has not begun to train or trained nothing, and where neither a
 * run nor a model is called so; GW_TEMPORAL_UNREACHABLE
 */
export async function meantRun(
  temporal: TemporalConnection,
  store: ObjectStore,
  named: string,
  { orRetraining = false }: MeantRunOptions = {},
): Promise<string> {
  const workflow = temporal.client.workflow.getHandle(named);
  try {
    const { type, status } = await workflow.describe();
    const ofApproval = approvalWorkflowId('');
    if (type === workflowTypes.approve && named.endsWith(ofApproval)) return named.slice(0, -ofApproval.length);
    if (type !== workflowTypes.retrain || orRetraining) return named;
    const run = await trainingChildOf(temporal, named);
    if (run !== undefined) return run;
    const state = statusOf(status.name);
    if (!hasEnded(state)) throw notYet(named);
    const reason =
      state === 'completed' ? retrainResultSchema.parse(await workflow.result()).reason : `it is ${statusText(state)}`;
    throw new GraftworkError('GW_RUN_NOT_FOUND', `Retraining ${named} trained nothing: ${reason}.`, {
      remedy: '`graftwork runs` lists the training runs.',
    });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw serviceFailure(error, named);
    return (await recordedRun(store, named)) ?? (await runOfModel(store, named));
  }
}

/** Of what Temporal has forgotten, the bucket has the run. */
async function recordedRun(store: ObjectStore, id: string): Promise<string | undefined> {
  const recorded = await store.getJsonIfPresent(objectKeys.runResult(id), runResultSchema).catch(() => undefined);
  if (recorded !== undefined) return id;
  const [beginning = '', end = ''] = objectKeys.runResult(retrainedRunId(id, ' ')).split(' ');
  for await (const { key } of store.list(beginning))
    if (key.endsWith(end)) return key.slice('runs/'.length, -end.length);
  return undefined;
}

async function runOfModel(store: ObjectStore, named: string): Promise<string> {
  const models = new ModelRegistry(store);
  try {
    const { name, version } = await models.resolve(named);
    return (await models.card(name, version)).run;
  } catch (error) {
    const failure = asGraftworkError(error);
    if (failure.code !== 'GW_MODEL_NOT_FOUND' || named.includes('@')) throw failure;
    throw new GraftworkError('GW_RUN_NOT_FOUND', `There is no run and no model “${named}”.`, {
      remedy: '`graftwork runs` lists the runs, `graftwork models list` the models.',
      cause: error,
    });
  }
}

function notYet(retraining: string): GraftworkError {
  return new GraftworkError(
    'GW_RUN_NOT_FOUND',
    `Retraining ${retraining} is not training yet: it is still reading the data.`,
    {
      remedy: 'Try again in a moment.',
      retryable: true,
    },
  );
}
