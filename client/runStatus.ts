/** What can be seen of a run from outside at one moment. */
import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowExecutionDescription, WorkflowExecutionStatusName } from '@temporalio/client';
import type { RunResult } from '../contracts/result.js';
import { progressSchema } from '../contracts/training.js';
import type { Progress } from '../contracts/training.js';

export interface RunStatus {
  run: string;
  status: RunResult['status'];
  /** The run as far as it has come; null while no worker answers. */
  result: RunResult | null;
  /** How often the workflow worker has tried the run's next step; above 1 it fails at it. */
  workflowAttempt: number;
  /** Live progress of the activities under way (several while shards fan out). */
  activities: ActivityStatus[];
}

export interface ActivityStatus {
  /** Temporal's own, as `temporal activity pause` takes it. */
  id: string;
  type: string;
  /** Counted from 1. */
  attempt: number;
  /** Waiting: no worker has taken it yet, or it is between two attempts. */
  state: 'running' | 'waiting';
  /** Since it was put into the queue, in seconds. */
  secondsSinceScheduled: number;
  progress: Progress | null;
  /** Why the attempt before this one failed. */
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
export function activitiesOf(description: WorkflowExecutionDescription): ActivityStatus[] {
  return (description.raw.pendingActivities ?? []).map((activity) => {
    const payload = activity.heartbeatDetails?.payloads?.[0];
    const progress = progressSchema.safeParse(payload && defaultPayloadConverter.fromPayload(payload));
    return {
      id: activity.activityId ?? '',
      type: activity.activityType?.name ?? '',
      attempt: activity.attempt ?? 1,
      state: heldByWorker.has(activity.state ?? 0) ? 'running' : 'waiting',
      secondsSinceScheduled: secondsSince(activity.scheduledTime),
      progress: progress.success ? progress.data : null,
      lastFailure: activity.lastFailure?.message ?? null,
    };
  });
}

type Timestamp = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number]['scheduledTime'];

function secondsSince(time: Timestamp): number {
  const then = Number(time?.seconds ?? Number.NaN);
  return Number.isNaN(then) ? 0 : Math.max(0, Date.now() / 1000 - then);
}
