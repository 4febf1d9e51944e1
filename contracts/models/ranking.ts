/** Relation transfer: what is asked of a ranking, what it finds of each source, and what runs leave behind for the next. */
import { z } from 'zod';
import { oddPicturesSchema } from '../data/dataset.js';
import { digest } from '../digest.js';
import { modelReferenceSchema } from './modelCard.js';
import { inputSchema } from '../spec/plan.js';
import { poolingSchema } from '../spec/sources/pooling.js';
import { runSpecSchema } from '../spec/runSpec.js';
import { sourceNameSchema } from '../spec/sources/sources.js';

const share = z.number().min(0).max(1);
const seconds = z.number().nonnegative();
const countsSchema = z.strictObject({ train: z.number().int(), validation: z.number().int(), test: z.number().int() });

/** What a task looks like to the probe, in a few numbers a class; two of them can be compared. */
export const taskEmbeddingSchema = z.strictObject({
  format: z.literal(1),
  /** Classes it was made of: some of them, when there are very many. */
  classes: z.array(
    z.strictObject({
      /** Of the class's pooled features, brought to unit length and projected. */
      mean: z.array(z.number()),
      /** Variance of each of these numbers within the class. */
      variance: z.array(z.number().nonnegative()),
    }),
  ),
});
export type TaskEmbedding = z.infer<typeof taskEmbeddingSchema>;

export const stageScoresSchema = z.strictObject({
  stage: z.string(),
  /** Channels: what a head at this stage would see. */
  dimensions: z.number().int().positive(),
  /** LogME per image, averaged over the classes, nats. */
  logme: z.number(),
  /** LogME beyond that of features which say nothing: comparable between tasks with other classes. */
  gain: z.number(),
  /** What `knn` and `linear` are; left out: accuracies. Of a multi-label task mean average precisions. */
  measure: z.literal('mAP').optional(),
  /** Leave-one-out accuracy of 5 nearest neighbours. */
  knn: share,
  /** Leave-one-out accuracy of a linear classifier. Not in older scores. */
  linear: share.optional(),
  /** Forward pass of this stage alone, one image in a full batch; null where nothing was measured. */
  secondsPerImage: seconds.nullable(),
});
export type StageScores = z.infer<typeof stageScoresSchema>;

/** The object at a ranking's content key. */
export const sourceScoresSchema = z.strictObject({
  format: z.literal(1),
  /** Pictures of the sample. */
  images: z.number().int().positive(),
  /** First to last. */
  stages: z.array(stageScoresSchema).min(1),
  /** Of the last stage, its features pooled in other ways than the network's own. Not in older scores, nor of most networks. */
  poolings: z.array(z.strictObject({ pooling: poolingSchema, scores: stageScoresSchema })).optional(),
  /** Where the source is the probe. */
  embedding: taskEmbeddingSchema.nullable(),
});
export type SourceScores = z.infer<typeof sourceScoresSchema>;

/** A source whose weights are known to be there. */
export const candidateSchema = z.strictObject({
  /** Architecture. */
  name: z.string(),
  weights: z.string().optional(),
  /** Of a checkpoint of the hub: `owner/name@commit`. */
  checkpoint: z.string().optional(),
  sha256: digest,
  license: z.string(),
  input: inputSchema,
  model: modelReferenceSchema.nullable(),
  /** Of the task the model was trained on to this one, 0 to 1; null when it is not known, or for the zoo's own. */
  similarity: share.nullable(),
  /** What a forward pass will cost beside those of other sources, before anything was measured. Not in older rankings. */
  work: z.number().positive().optional(),
});
export type Candidate = z.infer<typeof candidateSchema>;

export const skippedSourceSchema = z.strictObject({ source: z.string(), reason: z.string(), remedy: z.string() });
export type SkippedSource = z.infer<typeof skippedSourceSchema>;

export const rankRequestSchema = z.strictObject({
  /** What would be trained: data, seed, preprocessing, and the recipe that costs are estimated for. */
  spec: runSpecSchema,
  /** Ranked beside those that are there anyway. */
  sources: z.array(sourceNameSchema),
  /** Rank `sources` and nothing else. */
  only: z.boolean(),
  /** Pictures at most. */
  sample: z.number().int().min(2).max(20_000),
  /** Seconds that training may take; null: as long as it takes. */
  budget: z.number().positive().nullable(),
});
export type RankRequest = z.infer<typeof rankRequestSchema>;

export const predictedSchema = z.strictObject({ top1: share, low: share, high: share });
export type Predicted = z.infer<typeof predictedSchema>;

export const costSchema = z.strictObject({
  /** Features, head and evaluation. */
  head: seconds,
  /** The same and the fine-tuning steps. */
  fineTune: seconds,
});
export type Cost = z.infer<typeof costSchema>;

export const rankedSourceSchema = z.strictObject({
  /** As `--backbone` takes it. */
  source: z.string(),
  ...candidateSchema.omit({ input: true, work: true }).shape,
  stages: sourceScoresSchema.shape.stages,
  /** The stage whose features tell the classes apart best. */
  best: z.string(),
  /** The stage a head is attached to: the last one, unless an earlier one is clearly better. */
  head: z.string(),
  /** Where its features are pooled in another way than the network's own: which, and how good that one is. */
  pooled: z.strictObject({ as: poolingSchema, usual: stageScoresSchema }).optional(),
  /** Stages to unfreeze beside the head, first to last. */
  unfreeze: z.array(z.string()),
  /** Test accuracy after training, with the interval that holds in four cases of five; null without enough records. */
  predicted: predictedSchema.nullable(),
  cost: costSchema,
});
export type RankedSource = z.infer<typeof rankedSourceSchema>;

export const choiceSchema = z.strictObject({
  source: z.string(),
  /** For a run spec's `backbone`. */
  backbone: sourceNameSchema,
  /** Stage whose features serve best, and the one the head is attached to. */
  best: z.string(),
  head: z.string(),
  /** For `fineTune[].unfreeze`; none: the head alone. */
  unfreeze: z.array(z.string()),
  predicted: predictedSchema.nullable(),
  /** Seconds of the choice as it is. */
  cost: seconds,
  /** Whether that is within the budget; true without one. */
  affordable: z.boolean(),
  /** In plain words, the weightiest first. */
  reasons: z.array(z.string()),
});
export type Choice = z.infer<typeof choiceSchema>;

export const calibrationSchema = z.strictObject({
  /** Earlier runs whose scores are known, and the data sets they were on. */
  records: z.number().int(),
  tasks: z.number().int(),
  used: z.boolean(),
  reason: z.string(),
});
export type CalibrationReport = z.infer<typeof calibrationSchema>;

/** What `graftwork rank` says. */
export const rankReportSchema = z.strictObject({
  format: z.literal(1),
  dataset: z.strictObject({
    version: digest,
    uri: z.string(),
    classes: z.number().int(),
    counts: countsSchema,
    // As of a run.
    ...oddPicturesSchema.shape,
  }),
  /** Training pictures that were looked at. */
  sample: z.number().int(),
  /** Best first. */
  sources: z.array(rankedSourceSchema),
  skipped: z.array(skippedSourceSchema),
  /** Registered models that were not looked at because there are so many. */
  leftOut: z.array(z.string()),
  /** Earlier tasks, the most similar first. */
  similarTasks: z.array(
    z.strictObject({ run: z.string(), uri: z.string(), model: modelReferenceSchema, similarity: share }),
  ),
  calibration: calibrationSchema,
  /** null when there is no source to choose from. */
  choice: choiceSchema.nullable(),
  cache: z.strictObject({ hits: z.number().int(), misses: z.number().int() }),
});
export type RankReport = z.infer<typeof rankReportSchema>;

/** What a finished run leaves behind for the choices to come: what the scores were, and what came true. */
export const transferRecordSchema = z.strictObject({
  format: z.literal(1),
  /** Of the plan: the same run again says the same. */
  plan: digest,
  run: z.string(),
  at: z.string(),
  model: modelReferenceSchema,
  dataset: z.strictObject({ version: digest, uri: z.string(), classes: z.number().int(), counts: countsSchema }),
  source: z.strictObject({ name: z.string(), weights: z.string().optional(), sha256: digest }),
  fineTuned: z.boolean(),
  /** null until a ranking of the data set has looked at it with the probe. */
  embedding: taskEmbeddingSchema.nullable(),
  /** At the stage the head was attached to; null until a ranking has scored the source. */
  scores: stageScoresSchema.omit({ secondsPerImage: true }).nullable(),
  outcome: z.strictObject({ top1: share, count: z.number().int().positive() }),
});
export type TransferRecord = z.infer<typeof transferRecordSchema>;
