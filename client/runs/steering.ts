/** A person's hand on a run, from outside: pause, resume, finish, cancel. */
import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';
import { GraftworkError } from '../../contracts/errors.js';
import { workflowTypes } from '../../contracts/names.js';
import { messages, type Steering } from '../../contracts/run/workflowMessages.js';
import { serviceFailure } from '../connection/failures.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';
import { endedAlready } from './endedRun.js';
import { requireTraining } from './requireTraining.js';
import { hasEnded, statusOf } from './runStatus.js';

/** How long a worker may take to answer a question about a run, in milliseconds. */
export const answerTimeout = 5_000;

const steeringSchema: z.ZodType<Steering> = z.object({ paused: z.boolean(), finishing: z.boolean() });

/** The run that is steered. */
export interface Steered {
  id: string;
  temporal: TemporalConnection;
  workflow: WorkflowHandle;
}

/** Whether an order changes nothing, as the run is steered already. */
const alreadySo: Record<'pause' | 'resume' | 'finish', (now: Steering) => boolean> = {
  pause: ({ paused }) => paused,
  resume: ({ paused }) => !paused,
  // A run that was paused since goes on.
  finish: ({ finishing, paused }) => finishing && !paused,
};

/**
 * Gives the order. It is given in any case: what the run said a moment ago may no longer hold.
 *
 * @returns whether the run was not steered so before; true where it does not say
 * @throws GraftworkError GW_USAGE when the run has ended or cannot be steered now, GW_WORKER_AWAY
 */
export async function steer(run: Steered, order: keyof typeof alreadySo): Promise<boolean> {
  const before = await steeringOf(run);
  await update(run, messages[order]);
  return before === undefined || !alreadySo[order](before);
}

/**
 * Cancels the run, or the retraining of that id with its run.
 *
 * @returns whether nobody has asked for this before
 * @throws GraftworkError GW_USAGE when it has ended already
 */
export async function cancel(run: Steered): Promise<boolean> {
  if (await ask(run, () => requireOpen(run))) return false;
  try {
    await run.workflow.cancel();
  } catch (error) {
    // It may have ended meanwhile.
    await ask(run, () => requireOpen(run));
    throw serviceFailure(error, run.id);
  }
  return true;
}

/** Undefined where no worker answers, or one of an earlier Graftwork. */
async function steeringOf({ temporal, workflow }: Steered): Promise<Steering | undefined> {
  try {
    const answer = await temporal.connection.withDeadline(Date.now() + answerTimeout, () =>
      workflow.query<unknown>(messages.steering),
    );
    return steeringSchema.parse(answer);
  } catch {
    return undefined;
  }
}

/** @returns whether it has been asked to cancel */
async function requireOpen({ id, workflow }: Steered): Promise<boolean> {
  const description = await workflow.describe();
  const isRetraining = description.type === workflowTypes.retrain;
  if (!isRetraining) requireTraining(id, description);
  const status = statusOf(description.status.name);
  if (!hasEnded(status)) return description.raw.workflowExtendedInfo?.cancelRequested === true;
  const see = isRetraining ? '`graftwork runs` lists the run it started.' : `See \`graftwork show ${id}\`.`;
  throw endedAlready(`${isRetraining ? 'Retraining' : 'Run'} ${id}`, { status, remedy: see });
}

async function update(run: Steered, name: string): Promise<void> {
  const { id, temporal, workflow } = run;
  try {
    await temporal.connection.withDeadline(Date.now() + answerTimeout, () => workflow.executeUpdate(name));
  } catch (error) {
    const description = await ask(run, () => workflow.describe());
    requireTraining(id, description);
    const status = statusOf(description.status.name);
    if (hasEnded(status))
      throw endedAlready(`Run ${id}`, { status, remedy: `See \`graftwork show ${id}\`.`, cause: error });
    if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw serviceFailure(error, id);
    throw new GraftworkError('GW_WORKER_AWAY', `No workflow worker answers for run ${id}.`, {
      remedy: 'Start one with `graftwork up --detach` or `graftwork worker --pool workflow`.',
      retryable: true,
      cause: error,
    });
  }
}

async function ask<T>({ id }: Steered, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw serviceFailure(error, id);
  }
}
