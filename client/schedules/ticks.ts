/** What came of the last ticks of a schedule. */
import type { ScheduleDescription } from '@temporalio/client';
import type { ModelReference } from '../../contracts/models/modelCard.js';
import type { PromotionOutcome } from '../../contracts/spec/promotion.js';
import type { RunResult } from '../../contracts/run/result.js';
import { retrainResultSchema } from '../../contracts/models/retraining.js';
import type { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { runFailure } from '../connection/failures.js';
import { statusOf } from '../runs/runStatus.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';
import { trainingChildOf } from '../runs/trainingChildOf.js';

export interface Tick {
  at: string;
  workflow: string;
  /** `unchanged`: it completed without a training run. `trained`: it completed with one. `gone`: Temporal no longer keeps it. */
  status: 'unchanged' | 'trained' | 'gone' | Exclude<RunResult['status'], 'completed'>;
  seconds: number | null;
  /** Reason why it trained, did not train, or failed. */
  reason: string | null;
  /** Id of the training run. */
  run: string | null;
  model: ModelReference | null;
  /** Of a multi-label model the share of test images whose likeliest label is right. */
  top1: number | null;
  /** Mean average precision of a multi-label model. */
  mAP?: number;
  /** Current state of the promotion: a person may have answered since the tick. */
  promotion: Pick<PromotionOutcome, 'status' | 'reason' | 'by'> | null;
}

const nothing = { seconds: null, reason: null, run: null, model: null, top1: null, promotion: null };

/** Newest first; as many as Temporal remembers of a schedule, ten. @throws whatever Temporal and the object store throw */
export async function recentTicks(
  temporal: TemporalConnection,
  models: ModelRegistry,
  { info }: ScheduleDescription,
): Promise<Tick[]> {
  // Two ticks of one second (by hand) share their id; they have runs of their own.
  const ticks = info.recentActions.map(({ takenAt, action: { workflow } }) =>
    tickOf(temporal, models, takenAt.toISOString(), workflow.workflowId, workflow.firstExecutionRunId),
  );
  return (await Promise.all(ticks)).reverse();
}

async function tickOf(
  temporal: TemporalConnection,
  models: ModelRegistry,
  at: string,
  workflow: string,
  execution: string,
): Promise<Tick> {
  const handle = temporal.client.workflow.getHandle(workflow, execution);
  const description = await handle.describe().catch((error: unknown) => {
    if (runFailure(error, workflow).code === 'GW_RUN_NOT_FOUND') return undefined;
    throw error;
  });
  if (description === undefined) return { at, workflow, status: 'gone', ...nothing };
  const { startTime, closeTime } = description;
  const seconds = closeTime === undefined ? null : (closeTime.getTime() - startTime.getTime()) / 1000;
  const status = statusOf(description.status.name);
  const run = (await trainingChildOf(temporal, workflow, execution)) ?? null;
  if (status === 'running' || status === 'paused') return { at, workflow, status, ...nothing, run };
  try {
    const result = retrainResultSchema.parse(await handle.result());
    const promotion = await asItStands(models, result.promotion);
    const { status: came, reason, model, top1, mAP } = result;
    const figures = { top1, ...(mAP === undefined ? {} : { mAP }) };
    return { at, workflow, status: came, seconds, reason, run, model, ...figures, promotion };
  } catch (error) {
    if (status === 'completed') throw error;
    return { at, workflow, status, ...nothing, seconds, run, reason: runFailure(error, workflow).message };
  }
}

/** A model that waited when the tick ended may have been decided on since. */
async function asItStands(models: ModelRegistry, outcome: PromotionOutcome | null): Promise<Tick['promotion']> {
  if (outcome === null) return null;
  const decided = outcome.status === 'waiting' ? await models.decision(outcome.gate.challenger) : undefined;
  const { status, reason, by } = decided ?? outcome;
  return { status, reason, by };
}
