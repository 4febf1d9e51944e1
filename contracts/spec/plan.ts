/**
 * The plan of a run: the spec with everything looked up (backbone input settings, weights digest, stage names, content
 * keys). Made by one activity, stored in the bucket, and read by all later ones, so that what crosses Temporal stays small.
 */
import { z } from 'zod';
import { digest } from '../digest.js';
import { cacheDecisionSchema, planCacheSchema } from './activationCache.js';
import { runSpecSchema } from './runSpec.js';
import { fineTuneTrainingSchema, headSpecSchema } from './stages/stageSpec.js';
import { augmentationSchema } from './stages/augmentationSpec.js';
import { preprocessSchema } from './sources/preprocessSpec.js';
import { labelSetsSchema, pictureExamplesSchema, splitSchema } from '../data/dataset.js';

const colourValue = z.number().int().min(0).max(255);

/** How pixels become network input: (value/255 − mean)/std per RGB channel. */
export const inputSchema = z.strictObject({
  ...preprocessSchema.pick({ resize: true, crop: true, interpolation: true }).shape,
  /** Side of the stored square, in pixels, ≥ crop: views are cut from it. */
  store: z.number().int().positive(),
  mean: z.tuple([z.number(), z.number(), z.number()]),
  std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
  /** How the whole picture becomes a square; left out: it does not, its centre is cut out. */
  fit: z.enum(['pad', 'squash']).optional(),
  /** With `fit: pad`: colour of the border, 0 to 255 per RGB channel. */
  fill: z.tuple([colourValue, colourValue, colourValue]).optional(),
  /** Pictures of more than 8 bits are read by the values they have; left out: as their format says. */
  range: z.literal('auto').optional(),
});
export type InputSettings = z.infer<typeof inputSchema>;

/** A run of consecutive images of one split, in manifest order, preprocessed together. */
export const pixelShardSchema = z.strictObject({
  /** Content key: digest of the images' digests and the preprocessing. */
  key: digest,
  split: splitSchema,
  /** Position of the first image among the images of its split. */
  start: z.number().int().nonnegative(),
  count: z.number().int().positive(),
});
export type PixelShard = z.infer<typeof pixelShardSchema>;

/** The frozen network's activations for one pixel shard. */
export const featureShardSchema = z.strictObject({
  /** Content key: digest of the pixel shard's key, the weights, the taps and the views. */
  key: digest,
  pixels: digest,
  split: splitSchema,
  start: z.number().int().nonnegative(),
  count: z.number().int().positive(),
  /** Views of each image stored here (1 for validation that does not train). */
  views: z.number().int().positive(),
});
export type FeatureShard = z.infer<typeof featureShardSchema>;

export const backbonePlanSchema = z.strictObject({
  name: z.string(),
  /** As the person gave it; undefined for the published weights. */
  weights: z.string().optional(),
  /** Digest of the weights file that was found; every later activity insists on it. */
  sha256: digest,
  source: z.string(),
  license: z.string(),
  featureSize: z.number().int().positive(),
});

export type BackbonePlan = z.infer<typeof backbonePlanSchema>;

export const stagePlanSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('head'),
    /** `head`; where it trains once more, `refit-head`. */
    name: z.string(),
    training: headSpecSchema,
    /** With `reuseRows`: for each class its row in the source's classifier; null for a class that it does not know. */
    rows: z.array(z.number().int().nonnegative().nullable()).optional(),
  }),
  z.strictObject({
    kind: z.literal('fineTune'),
    /** `fine-tune-1`, `fine-tune-2`, …; where they train once more, `refit-fine-tune-1`, … */
    name: z.string(),
    training: fineTuneTrainingSchema,
    /** Epochs where it trains once more; left out: as many. */
    refitEpochs: z.number().int().positive().optional(),
    /** Folds of the training pictures that decide with validation, where that has few. Left out: validation decides alone. */
    folds: z.number().int().min(2).optional(),
    /** Backbone stages that train, wholly or in part, first to last. */
    trainable: z.array(z.string()).min(1),
    /** Backbone parameters that train, by torch name; left out: all of those stages but the statistics. */
    parameters: z.array(z.string()).min(1).optional(),
    /** Layers whose adapters train with the head, by torch name, and nothing else; left out: there are no adapters. */
    adapted: z.array(z.string()).min(1).optional(),
    /** The last frozen stage: its output is cached (the cut); null when everything trains from the input. */
    cut: z.string().nullable(),
  }),
]);
export type StagePlan = z.infer<typeof stagePlanSchema>;

const refitPrefix = 'refit-';

/** The name of a stage that trains once more, on the validation pictures, too. */
export function refitStage(name: string): string {
  return `${refitPrefix}${name}`;
}

export function isRefitStage({ name }: { name: string }): boolean {
  return name.startsWith(refitPrefix);
}

export const planSchema = z.strictObject({
  format: z.literal(1),
  spec: runSpecSchema,
  datasetVersion: digest,
  classes: z.array(z.string()).min(2),
  /** Only of a multi-label task: as in the manifest of the dataset version. */
  labelSets: labelSetsSchema.optional(),
  backbone: backbonePlanSchema,
  input: inputSchema,
  augmentation: augmentationSchema,
  pixels: z.array(pixelShardSchema),
  /** Only of a plan that trains stages once more: the validation pictures train, too, and nothing validates. */
  refit: z.literal(true).optional(),
  /** Only of a plan that tests in folds: the test pictures have features as well, because each is held out once. */
  folded: z.literal(true).optional(),
  /** Of train and validation, and in folds of the test: without them it is not looked at before evaluation. */
  features: z.array(featureShardSchema),
  /**
   * The last stage that no step trains: fine-tuning begins from its output, which each feature shard holds beside the pooled
   * features unless it is recomputed. null when nothing is fine-tuned.
   */
  cut: z.string().nullable(),
  /** Not in older plans, whose features are in memory. */
  cache: planCacheSchema.optional(),
  stages: z.array(stagePlanSchema).min(1),
});
export type Plan = z.infer<typeof planSchema>;

/** As a model's card has it. */
export function taskOf({ labelSets }: Pick<Plan, 'labelSets'>): 'multi-label' | undefined {
  return labelSets === undefined ? undefined : 'multi-label';
}

/** What the workflow keeps of the plan. */
export const planReferenceSchema = z.strictObject({
  digest,
  backbone: z.string(),
  pixelShards: z.number().int(),
  featureShards: z.number().int(),
  /** Of the largest features training needs. Not in the references of older runs. */
  cache: cacheDecisionSchema.optional(),
  /** Left out: as the pictures' format says. */
  range: z.literal('auto').optional(),
  /** Pictures of which the centre crop shows less than half; left out: none, or of an older run. */
  partlySeen: pictureExamplesSchema.optional(),
  stages: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['head', 'fineTune']),
      epochs: z.number().int(),
      /** Where it trains once more; left out: as many. */
      refitEpochs: z.number().int().optional(),
    }),
  ),
});
export type PlanReference = z.infer<typeof planReferenceSchema>;
