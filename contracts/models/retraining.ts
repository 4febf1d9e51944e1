/** Recurring retraining: what a schedule asks for, and what a tick of it leaves. */
import { z } from 'zod';
import { digest } from '../digest.js';
import { driftReportSchema } from '../data/drift.js';
import { modelReferenceSchema } from './modelCard.js';
import { promotionOutcomeSchema, webhookSchema } from '../spec/promotion.js';
import { runSpecSchema } from '../spec/runSpec.js';

export const retrainRequestSchema = z.strictObject({
  spec: runSpecSchema,
  /** Whether training starts from the model in production, where that is possible. */
  warmStart: z.boolean(),
  notify: webhookSchema.nullable(),
});
export type RetrainRequest = z.infer<typeof retrainRequestSchema>;

export const warmStartSchema = z.strictObject({
  /** null: from the spec's own source. */
  model: modelReferenceSchema.nullable(),
  reason: z.string(),
});
export type WarmStart = z.infer<typeof warmStartSchema>;

export const retrainResultSchema = z.strictObject({
  status: z.enum(['unchanged', 'trained']),
  reason: z.string(),
  datasetVersion: digest,
  drift: driftReportSchema.nullable(),
  warmStart: warmStartSchema.nullable(),
  /** The training run; null where nothing was trained. */
  run: z.string().nullable(),
  model: modelReferenceSchema.nullable(),
  top1: z.number().nullable(),
  /** Mean average precision on the test; left out of a single-label task, and in older results. */
  mAP: z.number().optional(),
  promotion: promotionOutcomeSchema.nullable(),
});
export type RetrainResult = z.infer<typeof retrainResultSchema>;

/** Object at `objectKeys.retraining`: which data the last retraining was about. */
export const retrainingRecordSchema = z.strictObject({
  format: z.literal(1),
  datasetVersion: digest,
  /** Digest of the request: other settings are a reason to train again. */
  settings: digest,
  run: z.string(),
  model: modelReferenceSchema,
});
export type RetrainingRecord = z.infer<typeof retrainingRecordSchema>;

/** What a webhook receives. */
export const notificationSchema = z.strictObject({
  event: z.enum(['retrained', 'retraining-failed', 'approval-wanted', 'approval-reminder', 'approval-ended']),
  model: z.string(),
  run: z.string(),
  /** In a sentence, for a person. */
  text: z.string(),
  result: retrainResultSchema.optional(),
  promotion: promotionOutcomeSchema.optional(),
  failure: z.strictObject({ code: z.string(), message: z.string() }).optional(),
});
export type Notification = z.infer<typeof notificationSchema>;
