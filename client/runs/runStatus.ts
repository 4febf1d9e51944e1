/** What can be seen of a run from outside at one moment. */
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { WorkflowExecutionDescription, WorkflowExecutionStatusName } from '@temporalio/client';
import { z } from 'zod';
import type { RunResult } from '../../contracts/run/result.js';
import { progressSchema } from '../../contracts/spec/stages/training.js';
import type { Progress } from '../../contracts/spec/stages/training.js';

export interface RunStatus {
  run: string;
  status: RunResult['status'];
  /** The run so far. null while no worker answers. */
  result: RunResult | null;
  /** Number of times the workflow worker has tried the run's next step. Above 1, the step fails. */
  workflowAttempt: number;
  /** Progress of the activities that run now: several while shards fan out. */
  activities: ActivityStatus[];
  /** Number of pictures that ended activities of the current step have processed. Missing when no activity reports it. */
  picturesDone?: number;
}

export interface ActivityStatus {
  /** Temporal's id of the activity, as `temporal activity pause` takes it. */
  id: string;
  type: string;
  /** Number of the attempt, from 1. */
  attempt: number;
  /** `waiting`: no worker has taken it yet, or it is between two attempts. */
  state: 'running' | 'waiting';
  /** Time since it was put into the queue, in seconds. */
  secondsSinceScheduled: number;
  progress: Progress | null;
  /** Reason why the attempt before this one failed. */
  lastFailure: string | null;
}

const statuses: Partial<Record<WorkflowExecutionStatusName, RunResult['status']>> = {
  RUNNING: 'running',
  CONTINUED_AS_NEW: 'running',
  PAUSED: 'paused',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'canceled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
};

export function statusOf(name: WorkflowExecutionStatusName): RunResult['status'] {
  return statuses[name] ?? 'running';
}

export function hasEnded(status: RunResult['status']): boolean {
  return status !== 'running' && status !== 'paused';
}

/** PENDING_ACTIVITY_STATE_STARTED, _CANCEL_REQUESTED and _PAUSE_REQUESTED. */
const heldByWorker: ReadonlySet<number> = new Set([2, 3, 5]);

/** The activities Temporal holds open for a run, with what their last heartbeats said. */
export async function activitiesOf(
  description: WorkflowExecutionDescription,
  codec: PayloadCodec,
): Promise<ActivityStatus[]> {
  const pending = (description.raw.pendingActivities ?? []).map(async (activity): Promise<ActivityStatus> => {
    const progress = progressSchema.safeParse(await valueOf(activity.heartbeatDetails?.payloads?.[0], codec));
    return {
      id: activity.activityId ?? '',
      type: activity.activityType?.name ?? '',
      attempt: activity.attempt ?? 1,
      state: heldByWorker.has(activity.state ?? 0) ? 'running' : 'waiting',
      secondsSinceScheduled: secondsSince(activity.scheduledTime),
      progress: progress.success ? progress.data : null,
      lastFailure: await messageOf(activity.lastFailure, codec),
    };
  });
  return Promise.all(pending);
}

async function valueOf(payload: Payload | null | undefined, codec: PayloadCodec): Promise<unknown> {
  const [decoded] = await codec.decode(payload ? [payload] : []);
  return decoded && defaultPayloadConverter.fromPayload<unknown>(decoded);
}

type Failure = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number]['lastFailure'];

/** Where payloads are encrypted, a failure's message is one of them (codec/failureConverter.cts). */
async function messageOf(failure: Failure, codec: PayloadCodec): Promise<string | null> {
  const encoded = z.object({ message: z.string() }).safeParse(await valueOf(failure?.encodedAttributes, codec));
  return encoded.success ? encoded.data.message : (failure?.message ?? null);
}

type Timestamp = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number]['scheduledTime'];

function secondsSince(time: Timestamp): number {
  const then = Number(time?.seconds ?? Number.NaN);
  return Number.isNaN(then) ? 0 : Math.max(0, Date.now() / 1000 - then);
}
