/** The activities of the gate and of retraining: what each is asked and answers, then their part of the table. */
import { z } from 'zod';
import { digest } from '../digest.js';
import { activity } from './activity.js';
import { datasetReferenceSchema } from '../data/dataset.js';
import type { DriftReport } from '../data/drift.js';
import { halvings } from '../spec/stages/halvings.js';
import { modelReferenceSchema } from '../spec/sources/modelReference.js';
import {
  promotionOutcomeSchema,
  promotionPolicySchema,
  webhookSchema,
  type GateReport,
  type PromotionOutcome,
} from '../spec/promotion.js';
import {
  notificationSchema,
  retrainingRecordSchema,
  retrainRequestSchema,
  type WarmStart,
} from '../models/retraining.js';
import { runSpecSchema, type RunSpec } from '../spec/runSpec.js';

export const compareToProductionInputSchema = z.strictObject({
  model: modelReferenceSchema,
  policy: promotionPolicySchema,
  halvings,
});
export type CompareToProductionInput = z.infer<typeof compareToProductionInputSchema>;

export const settlePromotionInputSchema = z.strictObject({ outcome: promotionOutcomeSchema });
export type SettlePromotionInput = z.infer<typeof settlePromotionInputSchema>;

export const planRetrainingInputSchema = z.strictObject({
  request: retrainRequestSchema,
  dataset: datasetReferenceSchema,
});
export type PlanRetrainingInput = z.infer<typeof planRetrainingInputSchema>;
export interface PlanRetrainingOutput {
  /** Whether the last retraining was about the same data, with the same settings. */
  unchanged: boolean;
  reason: string;
  /** The data version to compare with: that of the model in production, else of the last retraining. */
  before: string | null;
  /** Digest of the request. */
  settings: string;
  /** Of the run, with the start that was chosen. */
  spec: RunSpec;
  /** null where nothing is to be trained. */
  warmStart: WarmStart | null;
}

export const measureDriftInputSchema = z.strictObject({
  before: digest,
  after: digest,
  /** Of the ingest. */
  limits: runSpecSchema.shape.dataset.shape.quarantine,
  halvings,
});
export type MeasureDriftInput = z.infer<typeof measureDriftInputSchema>;

export const recordRetrainingInputSchema = z.strictObject({ record: retrainingRecordSchema });
export type RecordRetrainingInput = z.infer<typeof recordRetrainingInputSchema>;

export const notifyInputSchema = z.strictObject({
  url: webhookSchema,
  /** Names this notification: the same when it is sent again. */
  delivery: z.string(),
  notification: notificationSchema,
});
export type NotifyInput = z.infer<typeof notifyInputSchema>;

export const promotionActivities = {
  compareToProduction: activity('engine', 'promote', compareToProductionInputSchema).answers<GateReport>(),
  settlePromotion: activity('quick', 'promote', settlePromotionInputSchema).answers<PromotionOutcome>(),
  planRetraining: activity('quick', 'retrain', planRetrainingInputSchema).answers<PlanRetrainingOutput>(),
  measureDrift: activity('engine', 'drift', measureDriftInputSchema).answers<DriftReport>(),
  recordRetraining: activity('quick', 'retrain', recordRetrainingInputSchema).answers<void>(),
  notify: activity('outside', 'notify', notifyInputSchema).answers<void>(),
};
