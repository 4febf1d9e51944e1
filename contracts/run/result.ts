/** What a run leaves: the value of `train --json` and `show --json`, and the workflow's result. */
import { z } from 'zod';
import { cacheDecisionSchema } from '../spec/activationCache.js';
import { augmentationChoiceSchema } from '../spec/stages/augmentationChoice.js';
import { imbalanceChoiceSchema } from '../spec/stages/imbalance.js';
import { runChoicesSchema } from './choices.js';
import { duplicateCountsSchema, oddPicturesSchema, pictureExamplesSchema } from '../data/dataset.js';
import { suspectedLabelsSchema } from '../data/labelReview.js';
import { foldsAccuracySchema } from '../data/foldsAccuracy.js';
import { evaluationSchema } from '../data/evaluation.js';
import { modelReferenceSchema } from '../models/modelCard.js';
import { promotionOutcomeSchema } from '../spec/promotion.js';
import { rangeTestSchema } from '../spec/stages/rangeTest.js';
import { divergenceSchema, epochSchema } from '../spec/stages/training.js';

export const cacheUseSchema = z.strictObject({
  /** Objects found at their content key, and objects made. */
  hits: z.number().int(),
  misses: z.number().int(),
  reason: z.string(),
});

export type CacheUse = z.infer<typeof cacheUseSchema>;

export const stageReportSchema = z.strictObject({
  name: z.string(),
  epochs: z.array(epochSchema),
  seconds: z.number(),
  kept: z.boolean(),
  reason: z.string(),
  resumedFrom: z.strictObject({ epoch: z.number().int(), step: z.number().int() }).nullable(),
  cache: cacheUseSchema,
  /** Where the learning rate was `auto`: how it was found. */
  rangeTest: rangeTestSchema.optional(),
  /** Where the training diverged, and ended with the best epoch before that, or without one. */
  diverged: divergenceSchema.optional(),
});
export type StageReport = z.infer<typeof stageReportSchema>;

/** Steps before training, which report how much they made and reused. */
export const preparingSteps = ['preprocess', 'features'] as const;

/** Whether the stage is one of training and has begun: it may have ended before its first epoch did. */
export function wasTrained({ name }: Pick<StageReport, 'name'>): boolean {
  return !preparingSteps.some((step) => step === name);
}

export const runResultSchema = z.strictObject({
  run: z.string(),
  status: z.enum(['running', 'paused', 'completed', 'failed', 'canceled', 'terminated', 'timed-out']),
  model: modelReferenceSchema.nullable(),
  dataset: z
    .strictObject({
      version: z.string(),
      uri: z.string(),
      classes: z.array(z.string()),
      counts: z.strictObject({ train: z.number().int(), validation: z.number().int(), test: z.number().int() }),
      quarantined: z.number().int(),
      duplicates: duplicateCountsSchema,
      reused: z.boolean(),
      /** What a person should know of the pictures before believing the figures, in sentences. */
      remarks: z.array(z.string()).optional(),
      // Those of an unusual range only where they are read as their format says.
      ...oddPicturesSchema.shape,
    })
    .nullable(),
  backbone: z.string().nullable(),
  /**
   * Where fine-tuning takes the activations at the cut from, or a head alone its pooled features, and why; null until that is
   * planned, and in the results of older runs.
   */
  cache: cacheDecisionSchema.nullable().default(null),
  /** Pictures of which the centre crop shows less than half; left out: none, or of an older run. */
  partlySeen: pictureExamplesSchema.optional(),
  /** Labels of the training and validation pictures that are probably wrong; left out: nobody looked. */
  labels: suspectedLabelsSchema.optional(),
  /** Only of a run with `augmentation.policy: auto`. */
  augmentation: augmentationChoiceSchema.optional(),
  /** Only of a run with `imbalance: auto`. */
  imbalance: imbalanceChoiceSchema.optional(),
  /** Only of a run that chose for itself (`backbone: auto`), or had a budget. */
  choices: runChoicesSchema.optional(),
  /** Only of a run whose spec has a promotion policy. */
  promotion: promotionOutcomeSchema.optional(),
  stages: z.array(stageReportSchema),
  test: evaluationSchema.omit({ format: true }).nullable(),
  /** Only of a run with `evaluation.folds`. */
  folds: foldsAccuracySchema.optional(),
  /** Only of a run with `evaluation.fineTuneFolds`. */
  fineTuneFolds: foldsAccuracySchema.optional(),
  artifacts: z.strictObject({
    /** s3:// URIs */
    model: z.string().nullable(),
    card: z.string().nullable(),
    report: z.string().nullable(),
    exports: z.array(z.string()),
    /**
     * Only where there are too many classes for the tables to be in the run's history (more than 60), and only in what `show`
     * gives: the stored evaluation, which has the confusion of the classes.
     */
    evaluation: z.string().optional(),
  }),
  seconds: z.number(),
  /** Stage the run is in, and what stopped it if it failed. */
  stage: z.string(),
  failure: z.strictObject({ code: z.string(), message: z.string(), remedy: z.string().nullable() }).nullable(),
});
export type RunResult = z.infer<typeof runResultSchema>;
