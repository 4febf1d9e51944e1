/** What Temporal's history of a run says of its activities: when each waited, ran and ended, and what it answered. */
import { ServiceError, isGrpcServiceError, type WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError, defaultPayloadConverter, type PayloadCodec } from '@temporalio/common';
import { pools, taskQueues, workflowTypes } from '../../../contracts/names.js';
import { runSpecSchema, type RunSpec } from '../../../contracts/spec/runSpec.js';
import { serviceFailure } from '../../connection/failures.js';
import type { TemporalConnection } from '../../connection/temporalConnection.js';

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
  /** Milliseconds since 1970. */
  startedAt: number;
  spec: RunSpec | null;
  /** Workflow that started it: the retraining; null for a run that a person started. */
  parent: string | null;
  /** In the order in which they were scheduled; those of child workflows whose time is the run's among them. */
  activities: ActivityRecord[];
}

/**
 * @param withChildren whether the activities of child workflows are read as well
 * @returns null when Temporal no longer has the history (its retention is over)
 * @throws GraftworkError GW_TEMPORAL_UNREACHABLE
 */
export async function readHistory(
  { client, codec }: TemporalConnection,
  run: string,
  { withChildren = true }: { withChildren?: boolean } = {},
): Promise<RunHistory | null> {
  const events = async (id: string, execution?: string): Promise<HistoryEvent[]> => {
    const history = await client.workflow.getHandle(id, execution).fetchHistory();
    const found = history.events ?? [];
    await decrypt(found, codec);
    return found;
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
    for (const { id, execution } of withChildren ? childrenIn(executions.flat()) : []) {
      all.push((await events(id, execution).catch(goneAsUndefined)) ?? []);
    }
    const [first = []] = executions;
    return {
      startedAt: first[0] ? time(first[0]) : 0,
      spec: specIn(first),
      parent: parentOf(first),
      activities: all.flatMap(activitiesIn).sort(byTime),
    };
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

/** NOT_FOUND (google.rpc.Code 5), the sign of a history that is gone, in one of three wrappings. */
function isGone(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  const grpc = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(grpc) && Number(grpc.code) === 5;
}

function continuedFrom(events: readonly HistoryEvent[] | undefined): string | undefined {
  // Left empty, not out, where there is none.
  return events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
}

/** Children that did the run's work. Waiting for a person's approval, for days after the run's end, is none of it. Pure. */
export function childrenIn(events: readonly HistoryEvent[]): { id: string; execution: string }[] {
  return events.flatMap(({ childWorkflowExecutionStartedEventAttributes: started }) => {
    const { workflowId, runId } = started?.workflowExecution ?? {};
    const isWait = started?.workflowType?.name === workflowTypes.approve;
    return workflowId && runId && !isWait ? [{ id: workflowId, execution: runId }] : [];
  });
}

function parentOf(events: readonly HistoryEvent[]): string | null {
  return events[0]?.workflowExecutionStartedEventAttributes?.parentWorkflowExecution?.workflowId || null;
}

/** In place: the payloads that are asked for here. Those whose key is not here stay as they are. */
export async function decrypt(events: readonly HistoryEvent[], codec: PayloadCodec): Promise<void> {
  for (const event of events) {
    for (const holder of [
      event.workflowExecutionStartedEventAttributes?.input,
      event.activityTaskCompletedEventAttributes?.result,
    ]) {
      const { payloads } = holder ?? {};
      if (holder && payloads) holder.payloads = await codec.decode(payloads).catch(() => payloads);
    }
  }
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
