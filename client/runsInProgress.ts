/** What runs that have not ended may still need, from their histories. */
import { WorkflowNotFoundError } from '@temporalio/common';
import { predictWorkflowId, taskQueues } from '../contracts/names.js';
import type { RunsInProgress } from '../storage/garbageRoots.js';
import { serviceFailure } from './failures.js';
import type { TemporalConnection } from './temporalConnection.js';

const predictionPrefix = predictWorkflowId('');

/** @throws GraftworkError GW_TEMPORAL_UNREACHABLE */
export async function findRunsInProgress({ client }: TemporalConnection): Promise<RunsInProgress> {
  const digests = new Set<string>();
  const predictions = new Set<string>();
  let since: number | undefined;
  try {
    // Of whatever type: workflows may have children, and later versions other types.
    const query = `ExecutionStatus = 'Running' AND TaskQueue = '${taskQueues.workflow}'`;
    for await (const { workflowId, runId, startTime } of client.workflow.list({ query })) {
      since = Math.min(since ?? Infinity, startTime.getTime());
      if (workflowId.startsWith(predictionPrefix)) predictions.add(workflowId.slice(predictionPrefix.length));
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory().catch(undefinedIfGone);
      collectDigests(history, digests);
    }
  } catch (error) {
    throw serviceFailure(error, 'list');
  }
  return { digests, predictions, since };
}

/** Every run of 64 hexadecimal digits in every text and payload of a value, however deep. */
export function collectDigests(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') for (const [digest] of value.matchAll(/[0-9a-f]{64}/g)) into.add(digest);
  else if (value instanceof Uint8Array) collectDigests(Buffer.from(value).toString('latin1'), into);
  else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) collectDigests(member, into);
  }
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}
