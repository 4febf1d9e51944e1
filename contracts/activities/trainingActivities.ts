/** The activities of a training run and of predictions: what each is asked and answers, then their part of the table. */
import { z } from 'zod';
import { digest } from '../digest.js';
import { activity } from './activity.js';
import { testTimeAugmentationSchema } from '../spec/stages/augmentationSpec.js';
import { datasetReferenceSchema } from '../data/dataset.js';
import { evaluationSchema } from '../data/evaluation.js';
import { predictionSetsSchema } from '../models/predictions.js';
import { computeSpecSchema, type ComputeDtype, type ComputeSpec } from '../spec/computeSpec.js';
import { halvings } from '../spec/stages/halvings.js';
import { modelReferenceSchema } from '../spec/sources/modelReference.js';
import type { planReferenceSchema } from '../spec/plan.js';
import { runResultSchema, cacheUseSchema } from '../run/result.js';
import { runSpecSchema, type RunSpec } from '../spec/runSpec.js';
import { stageResultSchema } from '../spec/stages/training.js';

export const ingestInputSchema = z.strictObject({
  dataset: runSpecSchema.shape.dataset,
  /** The run's seed draws no split any more; workers of 0.1.0 ask for it. */
  seed: z.number().int(),
  /** What the pictures are for, where that is known: squares for its input are made in passing. */
  network: z.strictObject({ name: z.string(), preprocess: runSpecSchema.shape.preprocess }).optional(),
});
export type IngestInput = z.infer<typeof ingestInputSchema>;
export type IngestOutput = z.infer<typeof datasetReferenceSchema>;

export const checkSpecInputSchema = z.strictObject({ spec: runSpecSchema });
export type CheckSpecInput = z.infer<typeof checkSpecInputSchema>;
/** What the spec's backbone is from now on, where its name alone could mean something else later. Workers of 0.1.0 answer nothing. */
export type CheckSpecOutput = Partial<Pick<RunSpec, 'backbone'>>;

export type ChooseDtypeInput = ComputeSpec;
export type ChooseDtypeOutput = ComputeDtype;

export const planInputSchema = z.strictObject({ spec: runSpecSchema, dataset: datasetReferenceSchema });
export type PlanInput = z.infer<typeof planInputSchema>;
export type PlanOutput = z.infer<typeof planReferenceSchema>;

/** Digest of the plan whose stages are to train once more. */
export const planRefitInputSchema = z.strictObject({ plan: digest });
export type PlanRefitInput = z.infer<typeof planRefitInputSchema>;

/** Some consecutive shards of a plan: `from` inclusive, `to` exclusive. */
export const shardsInputSchema = z.strictObject({ plan: digest, from: z.number().int(), to: z.number().int() });
export type ShardsInput = z.infer<typeof shardsInputSchema>;
export const featuresInputSchema = z.strictObject({ ...shardsInputSchema.shape, halvings });
export type FeaturesInput = z.infer<typeof featuresInputSchema>;
export const shardsOutputSchema = z.strictObject({
  cache: cacheUseSchema,
  /** Pictures in the shards, found and made; workers of earlier versions do not count them. */
  pictures: z.number().int().optional(),
  seconds: z.number(),
});
export type ShardsOutput = z.infer<typeof shardsOutputSchema>;

export const trainStageInputSchema = z.strictObject({
  plan: digest,
  /** Index into the plan's stages. */
  stage: z.number().int(),
  /** Kept results of the stages before, in order: content keys of their stage results. */
  previous: z.array(digest),
  /** End the stage now with the best so far (a person's `finish`). */
  finish: z.boolean(),
  /** Time at which training ends in the same way by itself (a budget), in milliseconds since the epoch. Default: never. */
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

/** Stages whose validation pictures calibrate the model that is evaluated: its own, or those before it was refitted. */
const calibratedSchema = z.strictObject({
  plan: digest,
  kept: z.array(digest),
  /**
   * Index of the last of them in the plan, whose label smoothing says which temperature is usual. Left out by workflows of earlier
   * versions: 1 is.
   */
  last: z.number().int().nonnegative().optional(),
});
export type Calibrated = z.infer<typeof calibratedSchema>;

export const evaluateInputSchema = z.strictObject({
  plan: digest,
  kept: z.array(digest),
  /** Left out by workflows of earlier versions: the model answers as it was trained. */
  calibrated: calibratedSchema.optional(),
  halvings,
});
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
  /** Left out: no set of classes is asked for. */
  sets: predictionSetsSchema.optional(),
  id: z.string(),
});
export type PredictRequest = z.input<typeof predictRequestSchema>;
export const predictInputSchema = z.strictObject({ ...predictRequestSchema.shape, halvings });
export type PredictInput = z.infer<typeof predictInputSchema>;
/** Key of the object with the predictions (storedPredictionsSchema in predictions.ts), and how many images could not be read. */
export const predictOutputSchema = z.strictObject({
  key: z.string(),
  count: z.number().int(),
  failed: z.number().int(),
});
export type PredictOutput = z.infer<typeof predictOutputSchema>;

export const trainingActivities = {
  checkSpec: activity('quick', 'check', checkSpecInputSchema).answers<CheckSpecOutput | undefined>(),
  ingestDataset: activity('shards', 'ingest', ingestInputSchema).answers<IngestOutput>(),
  chooseDtype: activity('engine', 'check', computeSpecSchema).answers<ChooseDtypeOutput>(),
  planRun: activity('shards', 'plan', planInputSchema).answers<PlanOutput>(),
  planRefit: activity('quick', 'plan', planRefitInputSchema).answers<PlanOutput>(),
  preprocessShards: activity('shards', 'preprocess', shardsInputSchema).answers<ShardsOutput>(),
  computeFeatures: activity('engine', 'features', featuresInputSchema).answers<ShardsOutput>(),
  // It learns its stage's own name (`head`, `fine-tune-1`) from the plan.
  trainStage: activity('engine', 'train', trainStageInputSchema).answers<TrainStageOutput>(),
  evaluateModel: activity('engine', 'evaluate', evaluateInputSchema).answers<EvaluateOutput>(),
  registerModel: activity('quick', 'register', registerInputSchema).answers<RegisterOutput>(),
  recordRun: activity('quick', 'record', recordRunInputSchema).answers<void>(),
  predictImages: activity('engine', 'predict', predictInputSchema).answers<PredictOutput>(),
};
