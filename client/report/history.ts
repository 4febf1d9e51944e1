/** What Temporal's history of a run says of its activities: when each waited, ran and ended, and what it answered. */
import { ServiceError, isGrpcServiceError, type WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError, defaultPayloadConverter } from '@temporalio/common';
import { pools, taskQueues } from '../../contracts/names.js';
import { runSpecSchema, type RunSpec } from '../../contracts/runSpec.js';
import { serviceFailure } from '../failures.js';
import type { TemporalConnection } from '../temporalConnection.js';

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];
type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0];

export interface ActivityRecord {
  type: string;
  pool: 'cpu' | 'gpu' | 'other';
  /** Milliseconds since 1970. Of the last attempt, where there were several; null: not yet. */
  scheduledAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** Counted from 1; 0 as long as no worker's answer has come. */
  attempts: number;
  outcome: 'completed' | 'failed' | 'timed out' | 'canceled' | 'open';
  /** Its answer, as it travelled. */
  answer?: unknown;
}

export interface RunHistory {
  spec: RunSpec | null;
  /** In the order in which they were scheduled; those of child workflows among them. */
  activities: ActivityRecord[];
}

/**
 * @returns null when Temporal no longer has the history (its retention is over)
 * @throws GraftworkError GW_TEMPORAL_UNREACHABLE
 */
export async function readHistory({ client }: TemporalConnection, run: string): Promise<RunHistory | null> {
  const events = async (id: string, execution?: string): Promise<HistoryEvent[]> => {
    const history = await client.workflow.getHandle(id, execution).fetchHistory();
    return history.events ?? [];
  };
  try {
    const executions = [await events(run)];
    // A run with a long history went on in a new execution; each names the one before it.
    for (let before = continuedFrom(executions[0]); before !== undefined; before = continuedFrom(executions[0])) {
      const earlier = await events(run, before).catch(goneAsUndefined);
      if (earlier === undefined) break;
      executions.unshift(earlier);
    }
    const all = [...executions];
    for (const { id, execution } of executions.flat().flatMap(childOf)) {
      all.push((await events(id, execution).catch(goneAsUndefined)) ?? []);
    }
    return { spec: specIn(executions[0] ?? []), activities: all.flatMap(activitiesIn).sort(byTime) };
  } catch (error) {
    if (isGone(error)) return null;
    throw serviceFailure(error, run);
  }
}

const byTime = (a: ActivityRecord, b: ActivityRecord): number => a.scheduledAt - b.scheduledAt;

function goneAsUndefined(error: unknown): undefined {
  if (isGone(error)) return undefined;
  throw error;
}

/** NOT_FOUND (google.rpc.Code 5), which a history that is gone is told by, in one of three wrappings. */
function isGone(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  const grpc = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(grpc) && Number(grpc.code) === 5;
}

function continuedFrom(events: readonly HistoryEvent[] | undefined): string | undefined {
  // Left empty, not out, where there is none.
  return events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
}

function childOf({ childWorkflowExecutionStartedEventAttributes: started }: HistoryEvent): {
  id: string;
  execution: string;
}[] {
  const { workflowId, runId } = started?.workflowExecution ?? {};
  return workflowId && runId ? [{ id: workflowId, execution: runId }] : [];
}

function specIn(events: readonly HistoryEvent[]): RunSpec | null {
  const [given] = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return runSpecSchema.safeParse(plain(given)).data ?? null;
}

/** The activities of one execution's history. Pure. */
export function activitiesIn(events: readonly HistoryEvent[]): ActivityRecord[] {
  const records = new Map<string, ActivityRecord>();
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      records.set(String(event.eventId), {
        type: scheduled.activityType?.name ?? '',
        pool: poolOf(scheduled.taskQueue?.name ?? ''),
        scheduledAt: time(event),
        startedAt: null,
        endedAt: null,
        attempts: 0,
        outcome: 'open',
      });
    }
    const started = event.activityTaskStartedEventAttributes;
    const begun = started && records.get(String(started.scheduledEventId));
    if (started && begun) {
      begun.startedAt = time(event);
      begun.attempts = started.attempt ?? 1;
    }
    const end = endOf(event);
    const ended = end && records.get(String(end.scheduledEventId));
    if (end && ended) {
      ended.endedAt = time(event);
      ended.outcome = end.outcome;
      ended.answer = plain(event.activityTaskCompletedEventAttributes?.result?.payloads?.[0]);
    }
  }
  return [...records.values()];
}

function endOf(
  event: HistoryEvent,
): { scheduledEventId: unknown; outcome: Exclude<ActivityRecord['outcome'], 'open'> } | undefined {
  const ends = [
    ['completed', event.activityTaskCompletedEventAttributes],
    ['failed', event.activityTaskFailedEventAttributes],
    ['timed out', event.activityTaskTimedOutEventAttributes],
    ['canceled', event.activityTaskCanceledEventAttributes],
  ] as const;
  for (const [outcome, attributes] of ends) {
    if (attributes) return { scheduledEventId: attributes.scheduledEventId, outcome };
  }
  return undefined;
}

/** Queues carry the version of the activity contract: those of an older build count as well. */
function poolOf(queue: string): ActivityRecord['pool'] {
  const unversioned = (name: string): string => name.replace(/-v\d+$/, '');
  const pool = pools.find((one) => unversioned(taskQueues[one]) === unversioned(queue));
  return pool === 'cpu' || pool === 'gpu' ? pool : 'other';
}

function time({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + Math.round((eventTime?.nanos ?? 0) / 1e6);
}

/** What a payload holds; undefined for one that cannot be read without a key. */
function plain(payload: Payload | null | undefined): unknown {
  if (!payload) return undefined;
  try {
    return defaultPayloadConverter.fromPayload<unknown>(payload);
  } catch {
    return undefined;
  }
}
