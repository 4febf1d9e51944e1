/** The runs Temporal knows of, newest first. */
import { defineSearchAttributeKey } from '@temporalio/common';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import pMap from 'p-map';
import { z } from 'zod';
import { approvalWorkflowId, searchAttributes, workflowTypes } from '../../contracts/names.js';
import type { RunResult } from '../../contracts/run/result.js';
import { messages } from '../../contracts/run/workflowMessages.js';
import { serviceFailure } from '../connection/failures.js';
import { statusOf } from './runStatus.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

/** How long a worker may take to say whether a run is paused, in milliseconds. */
const answerTimeout = 3_000;
const questionsAtOnce = 16;

export interface RunSummary {
  run: string;
  status: RunResult['status'];
  /** Whether the run has ended and its model waits for a person's answer. */
  waitsForApproval: boolean;
  model: string | null;
  dataset: string | null;
  backbone: string | null;
  stage: string | null;
  /**
   * Share of the test images that the model classifies correctly; of a multi-label model, whose likeliest label is right. null before
   * evaluation.
   */
  top1: number | null;
  /** Mean average precision of a multi-label model. Missing before evaluation, and in runs of earlier versions. */
  mAP?: number;
  startedAt: string;
  closedAt: string | null;
}

/** Typed keys of the attributes that the client writes at the start of a run and reads in lists. */
export const runAttributes = {
  dataset: defineSearchAttributeKey(searchAttributes.dataset.name, 'KEYWORD'),
  model: defineSearchAttributeKey(searchAttributes.model.name, 'KEYWORD'),
  backbone: defineSearchAttributeKey(searchAttributes.backbone.name, 'KEYWORD'),
  stage: defineSearchAttributeKey(searchAttributes.stage.name, 'KEYWORD'),
  top1: defineSearchAttributeKey(searchAttributes.top1.name, 'DOUBLE'),
};

/** Newest first. A paused run is listed as running while no workflow worker answers: to Temporal it is. */
export async function listRuns(temporal: TemporalConnection, limit: number): Promise<RunSummary[]> {
  const { client } = temporal;
  const runs = `WorkflowType = '${workflowTypes.train}'`;
  const find = async (which: string): Promise<RunSummary[]> => {
    const found: RunSummary[] = [];
    for await (const info of client.workflow.list({ query: `${runs} AND ${which}` })) {
      found.push(summaryOf(info));
      if (found.length === limit) break;
    }
    return found;
  };
  try {
    // Temporal lists open runs before closed ones, so each kind is cut off for itself. A run that went on in a new execution
    // is listed once, by that one.
    const [open, ended, waiting] = await Promise.all([
      find('CloseTime IS NULL'),
      find(`CloseTime IS NOT NULL AND ExecutionStatus != 'ContinuedAsNew'`),
      runsThatWait(temporal),
    ]);
    const found = [...open, ...ended].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)).slice(0, limit);
    return await pMap(
      found,
      async (run) => ({
        ...run,
        status: run.status === 'running' ? await statusByWorker(temporal, run.run) : run.status,
        waitsForApproval: run.status === 'completed' && waiting.has(run.run),
      }),
      { concurrency: questionsAtOnce },
    );
  } catch (error) {
    throw serviceFailure(error, 'list');
  }
}

/** Runs that have ended and whose model waits: each such wait is a workflow of its own. */
async function runsThatWait({ client }: TemporalConnection): Promise<Set<string>> {
  const runs = new Set<string>();
  const query = `WorkflowType = '${workflowTypes.approve}' AND CloseTime IS NULL`;
  const ofApproval = approvalWorkflowId('');
  for await (const { workflowId } of client.workflow.list({ query })) {
    if (workflowId.endsWith(ofApproval)) runs.add(workflowId.slice(0, -ofApproval.length));
  }
  return runs;
}

/** Only the run itself knows that it is paused. */
async function statusByWorker({ client, connection }: TemporalConnection, run: string): Promise<'running' | 'paused'> {
  try {
    const { status } = await connection.withDeadline(Date.now() + answerTimeout, () =>
      client.workflow.getHandle(run).query<RunResult>(messages.progress),
    );
    return status === 'paused' ? 'paused' : 'running';
  } catch {
    return 'running';
  }
}

/** What a run's memo holds; payloads, so encrypted where the search attributes must be silent. */
const runMemoSchema = z.object({
  dataset: z.string(),
  model: z.string(),
  backbone: z.string(),
  recipe: z.string(),
  seed: z.number(),
  /** A multi-label run adds it when it is evaluated. */
  mAP: z.number().optional(),
});
export type RunMemo = z.infer<typeof runMemoSchema>;

function summaryOf(info: WorkflowExecutionInfo): RunSummary {
  const attributes = info.typedSearchAttributes;
  const memo = runMemoSchema
    .partial()
    .catch({})
    .parse(info.memo ?? {});
  return {
    run: info.workflowId,
    status: statusOf(info.status.name),
    waitsForApproval: false,
    // The memo first: an attribute may have been cut.
    model: memo.model ?? attributes.get(runAttributes.model) ?? null,
    dataset: memo.dataset ?? attributes.get(runAttributes.dataset) ?? null,
    backbone: memo.backbone ?? attributes.get(runAttributes.backbone) ?? null,
    stage: attributes.get(runAttributes.stage) ?? null,
    top1: attributes.get(runAttributes.top1) ?? null,
    ...(memo.mAP === undefined ? {} : { mAP: memo.mAP }),
    startedAt: info.startTime.toISOString(),
    closedAt: info.closeTime?.toISOString() ?? null,
  };
}
