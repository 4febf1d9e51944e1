/** How far a step made of shards is: what has ended, and what is under way, in the run and in its batches. */
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { preparingSteps, type RunResult } from '../../contracts/run/result.js';
import { messages, type PicturesDone } from '../../contracts/run/workflowMessages.js';
import { activitiesOf, type RunStatus } from './runStatus.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

/** How long a worker may take to answer, in milliseconds. */
const answerTimeout = 2_000;

type Seen = Pick<RunStatus, 'activities' | 'picturesDone'>;

/** Whether the run is at a step that is made of shards. */
export function isOfShards(run: RunResult | undefined): run is RunResult {
  return run !== undefined && preparingSteps.some((step) => step === run.stage);
}

/** @throws whatever Temporal throws when it is asked about the run itself */
export async function shardsSeen(temporal: TemporalConnection, workflow: WorkflowHandle, step: string): Promise<Seen> {
  const { seen, description } = await lookAt(temporal, workflow, step);
  const batches = (description.raw.pendingChildren ?? []).map(async ({ workflowId, runId }): Promise<Seen> => {
    const batch = temporal.client.workflow.getHandle(workflowId ?? '', runId ?? undefined);
    // One that has ended meanwhile, or is not there yet, has nothing to say.
    return lookAt(temporal, batch, step).then(
      (look) => look.seen,
      () => ({ activities: [] }),
    );
  });
  const all = [seen, ...(await Promise.all(batches))];
  const known = all.flatMap(({ picturesDone }) => picturesDone ?? []);
  return {
    activities: all.flatMap(({ activities }) => activities),
    ...(known.length === 0 ? {} : { picturesDone: known.reduce((sum, pictures) => sum + pictures, 0) }),
  };
}

/**
 * First what has ended, then what is under way: an activity that ends between the two looks is counted in neither, and once more
 * in the next. The other way round it would count twice.
 */
async function lookAt(
  temporal: TemporalConnection,
  workflow: WorkflowHandle,
  step: string,
): Promise<{ seen: Seen; description: WorkflowExecutionDescription }> {
  const done = await picturesDone(temporal, workflow, step);
  const description = await workflow.describe();
  const activities = await activitiesOf(description, temporal.codec);
  return { seen: { activities, ...(done === undefined ? {} : { picturesDone: done }) }, description };
}

/** Undefined when no worker answers in time, or one of an earlier version, and for another step. */
async function picturesDone(
  { connection }: TemporalConnection,
  workflow: WorkflowHandle,
  step: string,
): Promise<number | undefined> {
  try {
    const done = await connection.withDeadline(Date.now() + answerTimeout, () =>
      workflow.query<PicturesDone>(messages.pictures),
    );
    return done.step === step ? done.pictures : undefined;
  } catch {
    return undefined;
  }
}
