/** What is known of the retraining that started a run. */
import { z } from 'zod';
import { driftReportSchema, type DriftReport } from '../../../contracts/data/drift.js';
import { warmStartSchema, type WarmStart } from '../../../contracts/models/retraining.js';
import type { TemporalConnection } from '../../connection/temporalConnection.js';
import { readHistory, type ActivityRecord } from './history.js';

export interface Retraining {
  /** Id of its workflow. */
  id: string;
  reason: string;
  warmStart: WarmStart | null;
  /** null: there was nothing to compare with. */
  drift: DriftReport | null;
}

/** @returns null where Temporal no longer has its history. @throws GraftworkError GW_TEMPORAL_UNREACHABLE */
export async function readRetraining(temporal: TemporalConnection, id: string): Promise<Retraining | null> {
  // Its only child is the run itself, which is read anyway.
  const history = await readHistory(temporal, id, { withChildren: false });
  return history && retrainingIn(id, history.activities);
}

const planSchema = z.object({ reason: z.string(), warmStart: warmStartSchema.nullable() });

/** null where the answers cannot be read, for want of a key. Pure. */
export function retrainingIn(id: string, activities: readonly ActivityRecord[]): Retraining | null {
  const answerOf = (wanted: string): unknown => activities.findLast(({ type }) => type === wanted)?.answer;
  const plan = planSchema.safeParse(answerOf('planRetraining')).data;
  return plan ? { id, ...plan, drift: driftReportSchema.safeParse(answerOf('measureDrift')).data ?? null } : null;
}
