/**
 * The run spec: everything that a person may set for a run. Only the source is required. A recipe (see recipes.ts) and
 * the backbone's own input settings fill in the rest.
 */
import { z } from 'zod';
import { augmentationSchema, testTimeAugmentationSchema, userAugmentationSchema } from './augmentationSpec.js';
import { budgetSchema, userBudgetSchema } from './budget.js';
import { nameSchema } from '../names.js';
import { optimizerSchema, partialOptimizerSchema } from './optimizerSpec.js';
import { preprocessSchema } from './preprocessSpec.js';
import { promotionPolicySchema } from './promotion.js';
import { undecidedSchema } from './undecided.js';

export { augmentationSchema, type AugmentationSpec } from './augmentationSpec.js';

const fraction = z.number().min(0).max(1);
const positiveInteger = z.number().int().positive();

/** Shape of the learning rate over a stage; the peak is the stage's `learningRate`. */
export const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** The peak rate throughout. */
    kind: z.literal('constant'),
  }),
  z.strictObject({
    /** Half a cosine from the peak down (Loshchilov & Hutter 2017). */
    kind: z.literal('cosine'),
    /** Rate at the end, as a share of the peak. */
    finalShare: fraction.default(0),
  }),
  z.strictObject({
    /** Reductions at regular intervals. */
    kind: z.literal('step'),
    /** Epochs between two reductions. */
    everyEpochs: positiveInteger,
    /** Factor by which each reduction multiplies the rate. */
    factor: z.number().positive().lt(1).default(0.1),
  }),
  z.strictObject({
    /** One rise and one long fall (Smith & Topin 2019). It includes a warm-up, so `warmupEpochs` is ignored. */
    kind: z.literal('one-cycle'),
    /** Share of the steps in which the rate rises. */
    riseShare: fraction.gt(0).lt(1).default(0.3),
    /** Rate at the beginning, as a share of the peak. */
    startShare: fraction.default(0.04),
    /** Rate at the end, as a share of the peak. */
    finalShare: fraction.default(4e-6),
  }),
  z.strictObject({
    /** A reduction whenever the validation loss stops falling. Without a validation split, the training loss counts. */
    kind: z.literal('plateau'),
    /** Factor by which each reduction multiplies the rate. */
    factor: z.number().positive().lt(1).default(0.1),
    /** Epochs without improvement before a reduction. Stages are short: with torch's 10 there would never be one. */
    patience: z.number().int().min(0).default(2),
    /** Epochs after a reduction that do not count towards the patience. */
    cooldown: z.number().int().min(0).default(0),
    /** Least relative improvement that counts as one. */
    threshold: z.number().min(0).lt(1).default(1e-4),
    /** Lowest rate, as a share of the peak. */
    finalShare: fraction.default(0),
  }),
]);
export type ScheduleSpec = z.infer<typeof scheduleSchema>;

const epochs = positiveInteger.max(10_000);

const trainingFields = {
  /** Passes of the stage over all training images. */
  epochs,
  /** Images in each step, which averages its gradient over them. */
  batchSize: positiveInteger.max(4096),
  optimizer: optimizerSchema,
  /** Peak rate of the head's parameters. `auto`: the rate that a range test on the cached features proposes. */
  learningRate: z.union([z.number().positive().max(100), z.literal('auto')], {
    error: 'expected auto, or a number of more than 0 and at most 100',
  }),
  schedule: scheduleSchema,
  /**
   * Length of the linear warm-up from 0 to the peak, in epochs. Fractions are allowed. It takes at most half of the
   * stage's steps.
   */
  warmupEpochs: z.number().min(0),
  /** Share of each label that is spread over all classes (Szegedy et al. 2016). `0`: no smoothing. */
  labelSmoothing: z.number().min(0).lt(1),
  /** Epochs without better validation after which the stage ends. `null`: no early end. */
  patience: positiveInteger.nullable(),
  /**
   * Whether the stage keeps the epoch that validation favours. The loss decides, unless top-1 differs by more than
   * chance. `false`: the last epoch, as in the tutorial.
   */
  keepBest: z.boolean(),
};

export const headSpecSchema = z.strictObject({
  ...trainingFields,
  /**
   * Whether the classifier starts with the source's own rows for the classes that both have. The source must be a
   * registered model. Default: `false`, a new classifier.
   */
  reuseRows: z.boolean().optional(),
});
export type HeadSpec = z.infer<typeof headSpecSchema>;

export const fineTuneSpecSchema = z.strictObject({
  ...trainingFields,
  /** Passes of the step over all training images. `auto`: as many as 250 steps take, at least 8 and at most 32. */
  epochs: z.union([epochs, z.literal('auto')], { error: 'expected auto, or a whole number of 1 to 10000' }),
  /**
   * Whether validation decides what the step keeps. It is the last epoch, unless its loss is worse than before the step;
   * then it is the best epoch, or nothing. `false`: the last epoch in any case.
   */
  keepBest: z.boolean(),
  /**
   * Part of the backbone that trains with the head. `default`: the backbone's own usual suffix; `last`: its last stage;
   * `half`: its upper half; `all`: every stage but the first. The name of a stage (`layer4`) means that stage and
   * everything above it. Torch names of modules and parameters, also with `*`, mean only these: `layer4.2`,
   * `features.24-30`, `Mixed_7`, `*.conv3.weight`.
   */
  unfreeze: z.union([z.enum(['default', 'last', 'half', 'all']), z.string().min(1), z.array(z.string().min(1)).min(1)]),
  /**
   * Whether to unfreeze one stage more at a time, from the top down, each in a step of its own (ULMFiT). Default:
   * `false`.
   */
  gradual: z.boolean().optional(),
  /**
   * Statistics of batch normalisation in the stages that train. `frozen`: those of the source. `adapt`: measured on the
   * training images before the step begins, and frozen from then on (AdaBN, Li et al. 2016). Default: `frozen`.
   */
  batchNorm: z.enum(['frozen', 'adapt']).optional(),
  /** Rate of the unfrozen backbone parameters, as a share of `learningRate`. */
  backboneRateFactor: z.number().positive().max(1),
  /**
   * Further factor of the rate for each stage further from the head (discriminative rates, ULMFiT, Howard & Ruder
   * 2018). `1`: the same rate for all.
   */
  stageRateDecay: z.number().positive().max(1),
});
export type FineTuneSpec = z.infer<typeof fineTuneSpecSchema>;

/** A step whose length is known. */
export const fineTuneTrainingSchema = fineTuneSpecSchema.extend({ epochs });
export type FineTuneTraining = z.infer<typeof fineTuneTrainingSchema>;

const splitSharesSchema = z.strictObject({
  /** Share of each class's training images drawn for validation, where the source has no validation split. */
  validation: fraction.lt(0.9),
  /** Share of each class's images drawn for the test, where the source has only one split. There is always a test. */
  test: fraction.gt(0).lt(0.9),
  /**
   * Seed of the splits, whatever the run's `seed` is. Another seed draws other pictures. A picture keeps its split when
   * the source grows. Default: `0`.
   */
  seed: z.number().int().min(0).max(0xffffffff).optional(),
});

export const datasetSpecSchema = z.strictObject({
  /**
   * Address of the pictures: `s3://bucket/prefix` or `s3://bucket/manifest.csv|.tsv|.txt|.jsonl`. The client uploads a
   * local folder first.
   */
  uri: z
    .string()
    .regex(
      /^s3:\/\/[^/]+(\/.*)?$/,
      'use s3://bucket/prefix (a local folder is uploaded by `graftwork train <folder>`)',
    ),
  /**
   * Layout of the source. `imagefolder`: one folder per class; `manifest`: a list of paths and labels; `auto`: the
   * address decides.
   */
  layout: z.enum(['auto', 'imagefolder', 'manifest']).default('auto'),
  splits: splitSharesSchema,
  quarantine: z
    .strictObject({
      /** Largest share of unusable files. With more of them the run fails. */
      maxShare: fraction.default(0.2),
      /** Least length of the shorter side, in pixels. Smaller images are put aside. */
      leastSide: positiveInteger.default(8),
      /** Largest width × height, in pixels. Larger images are put aside before decoding. */
      maxPixels: positiveInteger.default(100_000_000),
      /** Largest size of a file, in bytes. Larger objects are not even downloaded. */
      maxBytes: positiveInteger.default(100 * 1024 * 1024),
    })
    .prefault({}),
});
export type DatasetSpec = z.infer<typeof datasetSpecSchema>;

export const backboneSpecSchema = z.strictObject({
  /**
   * Name in the zoo (`efficientnet_lite0`, `resnet50`), a registered model without its head (`model:birds@3`), or
   * `auto`. With `auto` the run ranks the available sources and chooses one.
   */
  name: z.string().min(1),
  /**
   * Weights of the backbone: `hf:repo[@revision]`, https URL, s3:// URI or file path. Default: the backbone's published
   * weights.
   */
  weights: z.string().min(1).optional(),
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
  /** Missing in the specs of older runs, which do not train again. */
  refit: refitSchema.optional(),
  /** Missing in the specs of older runs. */
  cache: cacheSpecSchema.prefault({}),
  evaluation: z.strictObject({
    /** Values of k for the top-k accuracies reported beside top-1. */
    topK: z.array(positiveInteger).max(8),
    testTimeAugmentation: testTimeAugmentationSchema.default({ views: 1 }),
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
  dataset: datasetSpecSchema.extend({ splits: splitSharesSchema.partial() }).partial().optional(),
  preprocess: preprocessSchema.partial().optional(),
  /** Name of the backbone, as a short form of `backbone.name`. */
  backbone: z
    .union([
      z
        .string()
        .min(1)
        .transform((name) => ({ name })),
      backboneSpecSchema.partial(),
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
  cache: cacheSpecSchema.partial().optional(),
  evaluation: z
    .strictObject({ topK: z.array(positiveInteger).max(8), testTimeAugmentation: testTimeAugmentationSchema })
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
