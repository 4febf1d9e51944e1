/** What runs that have not ended may still need, from their histories. */
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { predictWorkflowId, taskQueues } from '../../contracts/names.js';
import type { RunsInProgress } from '../../storage/garbage/garbageRoots.js';
import { serviceFailure } from '../connection/failures.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

const predictionPrefix = predictWorkflowId('');

/** One workflow that has not ended: a run, a part of one, a ranking, a prediction. */
export interface RunInProgress {
  id: string;
  type: string;
  /** When it began, in milliseconds since 1970. */
  since: number;
  /** Every digest in its history. */
  digests: Set<string>;
}

/** @throws GraftworkError GW_TEMPORAL_UNREACHABLE; GW_CODEC_KEY_MISSING when what a run needs cannot be read here */
export async function* eachRunInProgress({ client, codec }: TemporalConnection): AsyncGenerator<RunInProgress> {
  try {
    // Of whatever type: workflows may have children, and later versions other types. Open, not “Running”: to Temporal a workflow
    // that somebody has paused is not, and goes on with what it has found.
    const query = `CloseTime IS NULL AND TaskQueue = '${taskQueues.workflow}'`;
    for await (const { workflowId: id, runId, type, startTime } of client.workflow.list({ query })) {
      const digests = new Set<string>();
      const history = await client.workflow.getHandle(id, runId).fetchHistory().catch(undefinedIfGone);
      await collectDigests(history, digests, codec);
      yield { id, type, since: startTime.getTime(), digests };
    }
  } catch (error) {
    throw serviceFailure(error, 'list');
  }
}

/** @throws GraftworkError GW_TEMPORAL_UNREACHABLE */
export async function findRunsInProgress(temporal: TemporalConnection): Promise<RunsInProgress> {
  const digests = new Set<string>();
  const predictions = new Set<string>();
  let since: number | undefined;
  for await (const run of eachRunInProgress(temporal)) {
    since = Math.min(since ?? Infinity, run.since);
    const prediction = predictionOf(run);
    if (prediction !== undefined) predictions.add(prediction);
    for (const digest of run.digests) digests.add(digest);
  }
  return { digests, predictions, since };
}

/** Its id, where a run is a prediction. */
export function predictionOf({ id }: Pick<RunInProgress, 'id'>): string | undefined {
  return id.startsWith(predictionPrefix) ? id.slice(predictionPrefix.length) : undefined;
}

/** Every run of 64 hexadecimal digits in every text and (decrypted) payload of a value, however deep. */
export async function collectDigests(value: unknown, into: Set<string>, codec: PayloadCodec): Promise<void> {
  if (typeof value === 'string') for (const [digest] of value.matchAll(/[0-9a-f]{64}/g)) into.add(digest);
  else if (value instanceof Uint8Array) await collectDigests(Buffer.from(value).toString('latin1'), into, codec);
  else if (isPayload(value))
    for (const { data } of await codec.decode([value])) await collectDigests(data, into, codec);
  else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) await collectDigests(member, into, codec);
  }
}

function isPayload(value: unknown): value is Payload {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return false;
  const { metadata } = value;
  return typeof metadata === 'object' && metadata !== null && 'encoding' in metadata;
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}
