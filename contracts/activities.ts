/**
 * The activities, as interfaces: workflows call them through these types, workers implement them. Inputs and outputs are
 * references and small facts (< 64 KB), never tensors or image lists.
 */
import { z } from 'zod';
import type { AugmentationChoice } from './augmentationChoice.js';
import { testTimeAugmentationSchema } from './augmentationSpec.js';
import { runChoicesSchema, type FineTuneSearch, type HeadSearch } from './choices.js';
import { datasetReferenceSchema } from './dataset.js';
import type { DriftReport } from './drift.js';
import { modelReferenceSchema } from './modelCard.js';
import { inputSchema, type planReferenceSchema } from './plan.js';
import {
  promotionOutcomeSchema,
  promotionPolicySchema,
  webhookSchema,
  type GateReport,
  type PromotionOutcome,
} from './promotion.js';
import {
  candidateSchema,
  rankReportSchema,
  rankRequestSchema,
  skippedSourceSchema,
  type RankReport,
} from './ranking.js';
import { runResultSchema, cacheUseSchema } from './result.js';
import { notificationSchema, retrainingRecordSchema, retrainRequestSchema, type WarmStart } from './retraining.js';
import { runSpecSchema, type RunSpec } from './runSpec.js';
import { stageResultSchema } from './training.js';
import { evaluationSchema } from './evaluation.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const ingestInputSchema = z.strictObject({ dataset: runSpecSchema.shape.dataset, seed: z.number().int() });
export type IngestInput = z.infer<typeof ingestInputSchema>;
export type IngestOutput = z.infer<typeof datasetReferenceSchema>;

export const checkSpecInputSchema = z.strictObject({ spec: runSpecSchema });
export type CheckSpecInput = z.infer<typeof checkSpecInputSchema>;

export const planInputSchema = z.strictObject({ spec: runSpecSchema, dataset: datasetReferenceSchema });
export type PlanInput = z.infer<typeof planInputSchema>;
export type PlanOutput = z.infer<typeof planReferenceSchema>;

/**
 * How often the number of images in one pass has been halved, because the device's memory did not hold them. It changes
 * how much is computed at once, never what is computed.
 */
const halvings = z.number().int().min(0).max(12);

export const chooseAugmentationInputSchema = z.strictObject({
  ...planInputSchema.shape,
  halvings,
  /** The spec's own augmentation stays unless another is clearly better; left out: the simplest that is as good as any. */
  keepsGiven: z.boolean().optional(),
});
export type ChooseAugmentationInput = z.infer<typeof chooseAugmentationInputSchema>;

/** Some consecutive shards of a plan: `from` inclusive, `to` exclusive. */
export const shardsInputSchema = z.strictObject({ plan: digest, from: z.number().int(), to: z.number().int() });
export type ShardsInput = z.infer<typeof shardsInputSchema>;
export const featuresInputSchema = z.strictObject({ ...shardsInputSchema.shape, halvings });
export type FeaturesInput = z.infer<typeof featuresInputSchema>;
export const shardsOutputSchema = z.strictObject({ cache: cacheUseSchema, seconds: z.number() });
export type ShardsOutput = z.infer<typeof shardsOutputSchema>;

export const trainStageInputSchema = z.strictObject({
  plan: digest,
  /** Index into the plan's stages. */
  stage: z.number().int(),
  /** Kept results of the stages before, in order: content keys of their stage results. */
  previous: z.array(digest),
  /** End the stage now with the best so far (a person's `finish`). */
  finish: z.boolean(),
  /** When to end it in the same way without being told (a budget); milliseconds since the epoch. Left out: never. */
  endAt: z.number().optional(),
  /** Raised by the workflow whenever it starts this stage's activity anew (after a pause, a finish): part of the fencing token. */
  generation: z.number().int().nonnegative(),
  halvings,
});
export type TrainStageInput = z.infer<typeof trainStageInputSchema>;
export const trainStageOutputSchema = z.strictObject({
  /** Content key of the stage. */
  key: digest,
  /** With a long table of epochs thinned out: every epoch is in the stage's result in the bucket. */
  result: stageResultSchema,
  reused: z.boolean(),
  resumedFrom: z.strictObject({ epoch: z.number().int(), step: z.number().int() }).nullable(),
});
export type TrainStageOutput = z.infer<typeof trainStageOutputSchema>;

export const evaluateInputSchema = z.strictObject({ plan: digest, kept: z.array(digest), halvings });
export type EvaluateInput = z.infer<typeof evaluateInputSchema>;
export const evaluateOutputSchema = z.strictObject({
  evaluation: evaluationSchema,
  /** Content key of the evaluation with every image's outcome. */
  key: digest,
  /** The complete model's parameters, as stored. */
  parameters: z.strictObject({ sha256: digest, bytes: z.number().int(), count: z.number().int() }),
  reused: z.boolean(),
});
export type EvaluateOutput = z.infer<typeof evaluateOutputSchema>;

export const registerInputSchema = z.strictObject({
  run: z.string(),
  plan: digest,
  dataset: datasetReferenceSchema,
  evaluation: digest,
  parameters: evaluateOutputSchema.shape.parameters,
  stages: z.array(z.strictObject({ name: z.string(), kept: z.boolean(), reason: z.string() })),
});
export type RegisterInput = z.infer<typeof registerInputSchema>;
export const registerOutputSchema = z.strictObject({
  model: modelReferenceSchema,
  modelUri: z.string(),
  cardUri: z.string(),
});
export type RegisterOutput = z.infer<typeof registerOutputSchema>;

export const recordRunInputSchema = z.strictObject({ result: runResultSchema });
export type RecordRunInput = z.infer<typeof recordRunInputSchema>;

/** What the prediction workflow is asked. */
export const predictRequestSchema = z.strictObject({
  model: modelReferenceSchema,
  /** Key of the object that lists the images (imagesToPredictSchema in predictions.ts). */
  images: z.string(),
  topK: z.number().int().positive(),
  /** Views of each image whose probabilities are averaged; 1: the centre crop alone. */
  views: testTimeAugmentationSchema.shape.views.default(1),
  id: z.string(),
});
export type PredictRequest = z.input<typeof predictRequestSchema>;
export const predictInputSchema = z.strictObject({ ...predictRequestSchema.shape, halvings });
export type PredictInput = z.infer<typeof predictInputSchema>;
/** Key of the object with the predictions (predictionsSchema in predictions.ts), and how many images could not be read. */
export const predictOutputSchema = z.strictObject({
  key: z.string(),
  count: z.number().int(),
  failed: z.number().int(),
});
export type PredictOutput = z.infer<typeof predictOutputSchema>;

/** A ranking's sample: drawn from the training split of a dataset version, by its seed. */
export const sampleOfSchema = z.strictObject({
  datasetVersion: digest,
  spec: runSpecSchema.pick({ dataset: true, seed: true }),
  /** Pictures at most. */
  size: z.number().int().positive(),
});

export const rankingPlanInputSchema = z.strictObject({
  request: rankRequestSchema,
  dataset: datasetReferenceSchema,
  /** `probe`: the network that tasks are compared by, alone. */
  only: z.enum(['probe', 'all']),
  /** Content key of the probe's ranking of this sample; null where it could not be had. */
  embeddedBy: digest.nullable(),
});
export type RankingPlanInput = z.infer<typeof rankingPlanInputSchema>;
export const rankingPlanSchema = z.strictObject({
  sample: sampleOfSchema,
  /** Pictures in the sample. */
  pictures: z.number().int(),
  candidates: z.array(candidateSchema),
  skipped: z.array(skippedSourceSchema),
  leftOut: z.array(z.string()),
});
export type RankingPlan = z.infer<typeof rankingPlanSchema>;

export const sampleInputSchema = z.strictObject({ sample: sampleOfSchema, input: inputSchema });
export type SampleInput = z.infer<typeof sampleInputSchema>;

export const rankSourceInputSchema = z.strictObject({ sample: sampleOfSchema, candidate: candidateSchema, halvings });
export type RankSourceInput = z.infer<typeof rankSourceInputSchema>;
/** Content key of the source's scores (sourceScoresSchema in ranking.ts). */
export const rankSourceOutputSchema = z.strictObject({ key: digest, reused: z.boolean() });
export type RankSourceOutput = z.infer<typeof rankSourceOutputSchema>;

export const weighRankingInputSchema = z.strictObject({
  request: rankRequestSchema,
  dataset: datasetReferenceSchema,
  /** Pictures in the sample. */
  pictures: z.number().int(),
  ranked: z.array(z.strictObject({ candidate: candidateSchema, ...rankSourceOutputSchema.shape })),
  skipped: z.array(skippedSourceSchema),
  leftOut: z.array(z.string()),
  embeddedBy: digest.nullable(),
});
export type WeighRankingInput = z.infer<typeof weighRankingInputSchema>;

export const decideRunInputSchema = z.strictObject({
  spec: runSpecSchema,
  dataset: datasetReferenceSchema,
  /** null: nothing was ranked. */
  report: rankReportSchema.nullable(),
  /** Sources there was no time to rank. */
  passedOver: z.array(z.string()),
  /** null: no limit. */
  secondsLeft: z.number().nullable(),
});
export type DecideRunInput = z.infer<typeof decideRunInputSchema>;
export const decideRunOutputSchema = z.strictObject({
  /** With nothing open. */
  spec: runSpecSchema,
  choices: runChoicesSchema,
  /** From the end of training to the registered model. */
  endingSeconds: z.number().nonnegative(),
  /** What measuring the usual augmentations would take. */
  augmentationSeconds: z.number().nonnegative(),
  /** All of the run from here on. */
  seconds: z.number().nonnegative(),
  /** From the features on to the registered model. */
  trainingSeconds: z.number().nonnegative(),
});
export type DecideRunOutput = z.infer<typeof decideRunOutputSchema>;

export const searchHeadsInputSchema = z.strictObject({
  plan: digest,
  /** After which no further trial begins; null: no limit. */
  seconds: z.number().positive().nullable(),
  halvings,
});
export type SearchHeadsInput = z.infer<typeof searchHeadsInputSchema>;

export const searchFineTunesInputSchema = z.strictObject({
  plan: digest,
  /** Index into the plan's stages: the step that is tried. */
  stage: z.number().int().positive(),
  /** Keys of the stages that were kept before it, in order. */
  previous: z.array(digest).min(1),
  /** After which no further trial begins; null: no limit. */
  seconds: z.number().positive().nullable(),
  halvings,
});
export type SearchFineTunesInput = z.infer<typeof searchFineTunesInputSchema>;

export interface SearchFineTunesOutput {
  found: FineTuneSearch;
  /** Digest of the plan with what was found in every fine-tuning step. */
  plan: string;
}

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

/** Activities of the cpu pool. */
export interface CpuActivities {
  checkSpec(input: CheckSpecInput): Promise<void>;
  ingestDataset(input: IngestInput): Promise<IngestOutput>;
  planRun(input: PlanInput): Promise<PlanOutput>;
  preprocessShards(input: ShardsInput): Promise<ShardsOutput>;
  registerModel(input: RegisterInput): Promise<RegisterOutput>;
  recordRun(input: RecordRunInput): Promise<void>;
  planRanking(input: RankingPlanInput): Promise<RankingPlan>;
  preprocessSample(input: SampleInput): Promise<ShardsOutput>;
  weighRanking(input: WeighRankingInput): Promise<RankReport>;
  decideRun(input: DecideRunInput): Promise<DecideRunOutput>;
  settlePromotion(input: SettlePromotionInput): Promise<PromotionOutcome>;
  planRetraining(input: PlanRetrainingInput): Promise<PlanRetrainingOutput>;
  recordRetraining(input: RecordRetrainingInput): Promise<void>;
  notify(input: NotifyInput): Promise<void>;
}

/** Activities of the gpu pool. */
export interface GpuActivities {
  chooseAugmentation(input: ChooseAugmentationInput): Promise<AugmentationChoice>;
  computeFeatures(input: FeaturesInput): Promise<ShardsOutput>;
  trainStage(input: TrainStageInput): Promise<TrainStageOutput>;
  evaluateModel(input: EvaluateInput): Promise<EvaluateOutput>;
  predictImages(input: z.input<typeof predictInputSchema>): Promise<PredictOutput>;
  rankSource(input: RankSourceInput): Promise<RankSourceOutput>;
  searchHeads(input: SearchHeadsInput): Promise<HeadSearch | null>;
  searchFineTunes(input: SearchFineTunesInput): Promise<SearchFineTunesOutput | null>;
  compareToProduction(input: CompareToProductionInput): Promise<GateReport>;
  measureDrift(input: MeasureDriftInput): Promise<DriftReport>;
}
