/** The runs Temporal knows of, newest first. */
import { defineSearchAttributeKey } from '@temporalio/common';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { z } from 'zod';
import { searchAttributes, workflowTypes } from '../contracts/names.js';
import type { RunResult } from '../contracts/result.js';
import { serviceFailure } from './failures.js';
import { statusOf } from './runStatus.js';
import type { TemporalConnection } from './temporalConnection.js';

export interface RunSummary {
  run: string;
  status: RunResult['status'];
  model: string | null;
  dataset: string | null;
  backbone: string | null;
  stage: string | null;
  /** Share of the test images that are right; null before evaluation. */
  top1: number | null;
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

export async function listRuns({ client }: TemporalConnection, limit: number): Promise<RunSummary[]> {
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
    const found = await Promise.all([
      find('CloseTime IS NULL'),
      find(`CloseTime IS NOT NULL AND ExecutionStatus != 'ContinuedAsNew'`),
    ]);
    return found
      .flat()
      .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
      .slice(0, limit);
  } catch (error) {
    throw serviceFailure(error, 'list');
  }
}

/** What a run's memo holds; payloads, so encrypted where the search attributes must be silent. */
const runMemoSchema = z.object({
  dataset: z.string(),
  model: z.string(),
  backbone: z.string(),
  recipe: z.string(),
  seed: z.number(),
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
    // The memo first: an attribute may have been cut.
    model: memo.model ?? attributes.get(runAttributes.model) ?? null,
    dataset: memo.dataset ?? attributes.get(runAttributes.dataset) ?? null,
    backbone: memo.backbone ?? attributes.get(runAttributes.backbone) ?? null,
    stage: attributes.get(runAttributes.stage) ?? null,
    top1: attributes.get(runAttributes.top1) ?? null,
    startedAt: info.startTime.toISOString(),
    closedAt: info.closeTime?.toISOString() ?? null,
  };
}
