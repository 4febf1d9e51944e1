/**
 * The run spec: everything that a person may set for a run. Only the source is required. A recipe (see recipes.ts) and
 * the backbone's own input settings fill in the rest.
 */
import { z } from 'zod';
import { augmentationSchema, testTimeAugmentationSchema, userAugmentationSchema } from './stages/augmentationSpec.js';
import { budgetSchema, userBudgetSchema } from './budget.js';
import { nameSchema } from '../names.js';
import { imbalanceSchema } from './stages/imbalance.js';
import { computeSpecSchema } from './computeSpec.js';
import { datasetSpecSchema, splitSharesSchema } from './sources/datasetSpec.js';
import { partialOptimizerSchema } from './stages/optimizerSpec.js';
import { preprocessSchema } from './sources/preprocessSpec.js';
import { promotionPolicySchema } from './promotion.js';
import { autoPooling, poolingSchema } from './sources/pooling.js';
import { positiveInteger } from './ranges.js';
import { fineTuneSpecSchema, headSpecSchema } from './stages/stageSpec.js';
import { taskSchema } from './task.js';
import { undecidedSchema } from './undecided.js';

export const backboneSpecSchema = z.strictObject({
  /**
   * Name in the zoo (`efficientnet_lite0`, `resnet50`), a checkpoint of the Hugging Face hub
   * (`timm/resnet50.a1_in1k`), a registered model without its head (`model:birds@3`), or `auto`. With `auto` the run
   * ranks the available sources and chooses one.
   */
  name: z.string().min(1),
  /**
   * Weights of the backbone: `hf:repo[@revision]`, https URL, s3:// URI or file path. Default: the backbone's published
   * weights.
   */
  weights: z.string().min(1).optional(),
  /**
   * How the features of the last map or tokens are pooled. `token`: the class token. `mean`: the mean of the map or of its
   * tokens. `token+mean`: both, side by side. `map`: what a learned query attends to. `auto`: another way than the backbone's own if a
   * linear classifier on a sample of the training pictures is clearly better with it. Default: the backbone's own way.
   */
  pooling: poolingSchema.optional(),
  /**
   * Whether a ranking may fetch networks of the hub that are not on the workers' machines: the best by published accuracy and cost.
   * Default: false. A backbone that is named is fetched in any case.
   */
  online: z.boolean().optional(),
  /** Expected sha256 of the weights file, as 64 hexadecimal digits. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'write 64 hexadecimal digits')
    .optional(),
});
export type BackboneSpec = z.infer<typeof backboneSpecSchema>;

export const cacheSpecSchema = z.strictObject({
  /** Number format of the stored activations at the cut. `float16` takes half the space, and rounds them to 11 bits. */
  dtype: z.enum(['float32', 'float16']).default('float32'),
});
export type CacheDtype = z.infer<typeof cacheSpecSchema>['dtype'];

/**
 * Whether the kept stages train once more when everything is decided, then on the training and the validation pictures.
 * `auto`: if these are at most 500 pictures.
 */
export const refitSchema = z.union([z.boolean(), z.literal('auto')], { error: 'expected auto, true or false' });

const foldsSchema = z.number().int().min(2).max(20);

/** A complete spec: every field is decided. A run records this, and its keys are made of it. */
export const runSpecSchema = z.strictObject({
  /** Name of the model that the run makes. Default: the name of the folder, prefix or list. */
  name: nameSchema,
  /** Recipe that fills in every field that the spec leaves out. */
  recipe: z.enum(['default', 'reference']),
  dataset: datasetSpecSchema,
  /** Default: the backbone's own settings. */
  preprocess: preprocessSchema.partial(),
  backbone: backboneSpecSchema,
  augmentation: augmentationSchema,
  head: headSpecSchema,
  fineTune: z.array(fineTuneSpecSchema).max(8),
  /** Only `auto`: what is decided stands in `head` and `fineTune`. */
  imbalance: z.literal('auto').optional(),
  /** Missing in the specs of older runs, which do not train again. */
  refit: refitSchema.optional(),
  /** Missing in the specs of older runs. */
  cache: cacheSpecSchema.prefault({}),
  /** Missing in the specs of older runs: `float32`. */
  compute: computeSpecSchema.optional(),
  evaluation: z.strictObject({
    /** Values of k for the top-k accuracies reported beside top-1. */
    topK: z.array(positiveInteger).max(8),
    testTimeAugmentation: testTimeAugmentationSchema.default({ views: 1 }),
    /**
     * Folds in which heads are tested on all pictures, beside the one test: an accuracy over many more pictures. The model itself is
     * trained as without. Default: none.
     */
    folds: foldsSchema.optional(),
    /**
     * The same with the whole recipe: each fold trains a head and the steps that the run has kept, in an activity of its own. It takes
     * about as many times the training as there are folds. Default: none.
     */
    fineTuneFolds: foldsSchema.optional(),
  }),
  checkpoint: z.strictObject({
    /** Time between two checkpoints of a stage in training, in seconds. */
    everySeconds: z.number().positive().max(3600),
  }),
  /** Seed of every random number of the run except the splits. The same seed gives the same model. */
  seed: z.number().int().min(0).max(0xffffffff),
  /** Policy for promotion into production. Default: only a person promotes the model. */
  promotion: promotionPolicySchema.optional(),
  /** Time for the run. Default: no limit. */
  budget: budgetSchema.optional(),
  /** Settings that the run may choose, because the spec says nothing about them. Default: none. */
  undecided: z.array(undecidedSchema).optional(),
});
export type RunSpec = z.infer<typeof runSpecSchema>;

/** Usual ways to unfreeze, as short names for a list of fine-tune steps; see freezingPlans.ts. */
export const freezingPlanNames = ['head-only', 'probe-then-fine-tune', 'gradual', 'all-at-once'] as const;
export type FreezingPlanName = (typeof freezingPlanNames)[number];

/** A person's spec: any part of a RunSpec. */
export const userSpecSchema = z.strictObject({
  name: nameSchema.optional(),
  recipe: z.enum(['default', 'reference']).optional(),
  /**
   * Freezing plan: the layers that train, and when. Items of `fineTune` override its steps in order. Default: the
   * recipe's own steps.
   */
  plan: z.enum(freezingPlanNames).optional(),
  /** What the labels mean, as a short form of `dataset.task`. */
  task: taskSchema.optional(),
  dataset: datasetSpecSchema
    .extend({
      splits: splitSharesSchema.partial(),
      /**
       * File with decisions about labels, as `graftwork review` writes it: a path, or `s3://bucket/review.csv`. Pictures are
       * relabelled or left out as it says, and stay as they are. Default: `review.csv` in the folder, or beside the list, if
       * there is one.
       */
      labels: z.string().min(1),
    })
    .partial()
    .optional(),
  preprocess: preprocessSchema.partial().optional(),
  /** Name of the backbone, as a short form of `backbone.name`. */
  backbone: z
    .union([
      z
        .string()
        .min(1)
        .transform((name) => ({ name })),
      backboneSpecSchema.extend({ pooling: z.union([poolingSchema, z.literal(autoPooling)]) }).partial(),
    ])
    .optional(),
  augmentation: userAugmentationSchema.optional(),
  head: headSpecSchema.extend({ optimizer: partialOptimizerSchema }).partial().optional(),
  /** Fine-tuning steps after the head, in order. An empty list: the head alone. Default: the recipe's own step. */
  fineTune: z
    .array(fineTuneSpecSchema.extend({ optimizer: partialOptimizerSchema }).partial())
    .max(8)
    .optional(),
  /**
   * Whether the kept stages train once more when everything is decided, then on the training and the validation pictures.
   * `auto`: if these are at most 500 pictures.
   */
  refit: refitSchema.optional(),
  /**
   * What all stages do about classes of very different size, as `head.imbalance`. `auto`: what is clearly better than nothing, in a paired
   * test of balanced accuracy on held-out pictures. For a multi-label task `auto` compares mAP of the two losses. Default: `plain`, nothing.
   */
  imbalance: imbalanceSchema.optional(),
  cache: cacheSpecSchema.partial().optional(),
  compute: computeSpecSchema.partial().optional(),
  evaluation: z
    .strictObject({
      topK: z.array(positiveInteger).max(8),
      testTimeAugmentation: testTimeAugmentationSchema,
      folds: foldsSchema,
      fineTuneFolds: foldsSchema,
    })
    .partial()
    .optional(),
  checkpoint: z
    .strictObject({ everySeconds: z.number().positive().max(3600) })
    .partial()
    .optional(),
  seed: z.number().int().min(0).max(0xffffffff).optional(),
  /** Policy for promotion into production. Default: only a person promotes the model. */
  promotion: promotionPolicySchema.optional(),
  /**
   * Time for the run: `30s`, `10m`, `2h`. When it is nearly over, training ends with the result so far. Default: no
   * limit.
   */
  budget: userBudgetSchema.optional(),
});
export type UserSpec = z.input<typeof userSpecSchema>;
