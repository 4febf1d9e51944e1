/** A person's hand on a schedule: a tick now, pause, resume. */
import { setTimeout as delay } from 'node:timers/promises';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleDescription, ScheduleExecutionActionResult, ScheduleHandle } from '@temporalio/client';
import { GraftworkError } from '../../contracts/errors.js';

/** What is known of a tick that was asked for. */
export interface TriggeredTick {
  /** Id of the tick; null when it waits, or when Temporal does not name it in time. */
  workflow: string | null;
  /** Id of the retraining that it waits for; null when it waits for none. */
  waitsFor: string | null;
}

/**
 * Asks for a tick.
 *
 * @throws GraftworkError GW_CONFLICT while a retraining runs, unless the schedule lets ticks wait for it
 */
export async function triggeredTick(
  handle: Pick<ScheduleHandle, 'describe' | 'trigger'>,
  model: string,
  timing?: Timing,
): Promise<TriggeredTick> {
  const { info, policies } = await handle.describe();
  const [running] = info.runningActions;
  // Temporal would leave it out without a word.
  if (running !== undefined && policies.overlap === ScheduleOverlapPolicy.SKIP) throw isRetraining(model, running);
  await handle.trigger(policies.overlap);
  if (running !== undefined) return { workflow: null, waitsFor: running.workflow.workflowId };
  return { workflow: await newTick(handle, info, timing), waitsFor: null };
}

/** @returns whether the schedule was otherwise before; one that is so already keeps its note, unless another is given */
export async function setPaused(
  handle: Pick<ScheduleHandle, 'describe' | 'pause' | 'unpause'>,
  paused: boolean,
  note?: string,
): Promise<boolean> {
  const { state } = await handle.describe();
  const isSo = state.paused === paused;
  if (isSo && note === undefined) return false;
  if (paused) await handle.pause(note ?? 'paused by hand');
  else await handle.unpause(note ?? 'resumed by hand');
  return !isSo;
}

interface Timing {
  /** How long Temporal may take to begin a tick that was asked for. Milliseconds. */
  patience: number;
  /** Milliseconds between two looks. */
  pause: number;
}

/** The id of the first tick that a schedule takes after `before`; null where it takes none in time. */
async function newTick(
  handle: Pick<ScheduleHandle, 'describe'>,
  before: Pick<ScheduleDescription['info'], 'recentActions'>,
  { patience, pause }: Timing = { patience: 10_000, pause: 200 },
): Promise<string | null> {
  const executions = ({ recentActions }: typeof before): [string, string][] =>
    recentActions.map(({ action: { workflow } }) => [workflow.firstExecutionRunId, workflow.workflowId]);
  const known = new Set(executions(before).map(([execution]) => execution));
  for (const end = Date.now() + patience; Date.now() < end; await delay(pause)) {
    const taken = executions((await handle.describe()).info).find(([execution]) => !known.has(execution));
    if (taken !== undefined) return taken[1];
  }
  return null;
}

function isRetraining(model: string, { workflow }: ScheduleExecutionActionResult): GraftworkError {
  return new GraftworkError('GW_CONFLICT', `${workflow.workflowId} is already retraining “${model}”.`, {
    remedy: `Trigger it again when that retraining has ended. \`graftwork schedule show ${model}\` shows its state.`,
  });
}
