/**
 * The run spec: everything a person may say about a run. All of it is optional but the source; what is left out is
 * filled in by a recipe (see recipes.ts) and by the backbone's own input settings.
 */
import { z } from 'zod';
import { nameSchema } from './names.js';

const fraction = z.number().min(0).max(1);
const positiveInteger = z.number().int().positive();

export const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    momentum: z.number().min(0).lt(1).default(0.9),
    nesterov: z.boolean().default(false),
    weightDecay: z.number().min(0).default(0),
  }),
  z.strictObject({
    kind: z.literal('adamw'),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.999),
    epsilon: z.number().positive().default(1e-8),
    weightDecay: z.number().min(0).default(0.01),
  }),
]);
export type OptimizerSpec = z.infer<typeof optimizerSchema>;

/** Shape of the learning rate over a stage; the peak is the stage's `learningRate`. */
export const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant') }),
  z.strictObject({
    kind: z.literal('cosine'),
    /** Rate at the end, as a share of the peak. */
    finalShare: fraction.default(0),
  }),
  z.strictObject({
    kind: z.literal('step'),
    everyEpochs: positiveInteger,
    factor: z.number().positive().lt(1).default(0.1),
  }),
]);
export type ScheduleSpec = z.infer<typeof scheduleSchema>;

const trainingFields = {
  epochs: positiveInteger.max(10_000),
  batchSize: positiveInteger.max(4096),
  optimizer: optimizerSchema,
  /** Peak rate of the head's parameters. */
  learningRate: z.number().positive().max(100),
  schedule: scheduleSchema,
  /** Linear warm-up from 0 to the peak, in epochs (may be a fraction of one). */
  warmupEpochs: z.number().min(0),
  labelSmoothing: z.number().min(0).lt(1),
  /** Ends the stage when validation has not improved for so many epochs; null: never. */
  patience: positiveInteger.nullable(),
  /** Whether validation chooses the epoch that is kept (false: the last one, as the tutorial does). */
  keepBest: z.boolean(),
};

export const headSpecSchema = z.strictObject(trainingFields);
export type HeadSpec = z.infer<typeof headSpecSchema>;

export const fineTuneSpecSchema = z.strictObject({
  ...trainingFields,
  /**
   * Stages of the backbone to train with the head, by name; `default` means the backbone's own usual suffix, `last`
   * its last stage. Everything from the first of them up is trained.
   */
  unfreeze: z.union([z.enum(['default', 'last']), z.array(z.string().min(1)).min(1)]),
  /** Rate of the unfrozen backbone parameters as a share of `learningRate`. */
  backboneRateFactor: z.number().positive().max(1),
  /** Further factor for each stage further from the head (discriminative rates, ULMFiT, Howard & Ruder 2018); 1: none. */
  stageRateDecay: z.number().positive().max(1),
});
export type FineTuneSpec = z.infer<typeof fineTuneSpecSchema>;

export const augmentationSchema = z.strictObject({
  /** Views of each training image: view 0 is the plain centre crop, the others are random and the same at every epoch. */
  views: positiveInteger.max(64),
  horizontalFlip: z.boolean(),
  /** Area share range of the random resized crop (torchvision's `scale`); null: centre crop only. */
  cropScale: z.tuple([fraction.gt(0), fraction.gt(0)]).nullable(),
  /** Aspect ratio range of the random resized crop (torchvision's `ratio`). */
  cropRatio: z.tuple([z.number().positive(), z.number().positive()]),
  /** Strength of brightness, contrast and saturation jitter (0: none), as torchvision's ColorJitter. */
  colorJitter: fraction,
});
export type AugmentationSpec = z.infer<typeof augmentationSchema>;

const splitSharesSchema = z.strictObject({
  /** Share of the training images carved out for validation when the source has none. */
  validation: fraction.lt(0.9),
  /** Share of all images carved out for the test when the source has only one split. There is always a test. */
  test: fraction.gt(0).lt(0.9),
});

export const datasetSpecSchema = z.strictObject({
  /** `s3://bucket/prefix` or `s3://bucket/manifest.csv|.jsonl`. The client uploads a local folder first. */
  uri: z
    .string()
    .regex(
      /^s3:\/\/[^/]+(\/.*)?$/,
      'use s3://bucket/prefix (a local folder is uploaded by `graftwork train <folder>`)',
    ),
  layout: z.enum(['auto', 'imagefolder', 'manifest']).default('auto'),
  splits: splitSharesSchema,
  quarantine: z
    .strictObject({
      /** The run stops when more than this share of the files is unusable. */
      maxShare: fraction.default(0.2),
      /** Pixels of the shorter side below which an image is put aside. */
      leastSide: positiveInteger.default(8),
      /** Width × height above which an image is put aside before decoding. */
      maxPixels: positiveInteger.default(100_000_000),
      /** Bytes above which an object is not even downloaded. */
      maxBytes: positiveInteger.default(100 * 1024 * 1024),
    })
    .prefault({}),
});
export type DatasetSpec = z.infer<typeof datasetSpecSchema>;

export const preprocessSchema = z.strictObject({
  /** Short side after resizing, in pixels. */
  resize: positiveInteger.max(4096),
  /** Side of the square the network sees, in pixels. */
  crop: positiveInteger.max(4096),
  interpolation: z.enum(['bilinear', 'bicubic']),
});
export type PreprocessSpec = z.infer<typeof preprocessSchema>;

export const backboneSpecSchema = z.strictObject({
  /** Name in the zoo, e.g. `efficientnet_lite0`, `resnet50`; or a registered model, `model:birds@3`, without its head. */
  name: z.string().min(1),
  /** `hf:repo[@revision]`, https URL, s3:// URI or file path; left out: the backbone's published weights. */
  weights: z.string().min(1).optional(),
  /** Expected digest of the weights file. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type BackboneSpec = z.infer<typeof backboneSpecSchema>;

export const cacheSpecSchema = z.strictObject({
  /** How activations at the cut are stored: float16 takes half the room, and rounds them to 11 bits. */
  dtype: z.enum(['float32', 'float16']).default('float32'),
});
export type CacheDtype = z.infer<typeof cacheSpecSchema>['dtype'];

/** A complete spec: every field decided. This is what a run records and what its keys are made of. */
export const runSpecSchema = z.strictObject({
  name: nameSchema,
  recipe: z.enum(['default', 'reference']),
  dataset: datasetSpecSchema,
  /** Left out: the backbone's own settings. */
  preprocess: preprocessSchema.partial(),
  backbone: backboneSpecSchema,
  augmentation: augmentationSchema,
  head: headSpecSchema,
  fineTune: z.array(fineTuneSpecSchema).max(8),
  /** Not in the specs of older runs. */
  cache: cacheSpecSchema.prefault({}),
  evaluation: z.strictObject({
    /** k of the top-k accuracies reported beside top-1. */
    topK: z.array(positiveInteger).max(8),
  }),
  checkpoint: z.strictObject({ everySeconds: z.number().positive().max(3600) }),
  seed: z.number().int().min(0).max(0xffffffff),
});
export type RunSpec = z.infer<typeof runSpecSchema>;

/** Some settings of an optimizer: those of the recipe's own kind may be given alone. */
const partialOptimizerSchema = z
  .strictObject({
    kind: z.enum(['sgd', 'adamw']),
    momentum: z.number(),
    nesterov: z.boolean(),
    weightDecay: z.number(),
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
  })
  .partial();
export type PartialOptimizer = z.infer<typeof partialOptimizerSchema>;

/** What a person writes: any part of a RunSpec. */
export const userSpecSchema = z.strictObject({
  name: nameSchema.optional(),
  recipe: z.enum(['default', 'reference']).optional(),
  dataset: datasetSpecSchema.extend({ splits: splitSharesSchema.partial() }).partial().optional(),
  preprocess: preprocessSchema.partial().optional(),
  backbone: z
    .union([
      z
        .string()
        .min(1)
        .transform((name) => ({ name })),
      backboneSpecSchema.partial(),
    ])
    .optional(),
  augmentation: augmentationSchema.partial().optional(),
  head: headSpecSchema.extend({ optimizer: partialOptimizerSchema }).partial().optional(),
  fineTune: z
    .array(fineTuneSpecSchema.extend({ optimizer: partialOptimizerSchema }).partial())
    .max(8)
    .optional(),
  cache: cacheSpecSchema.partial().optional(),
  evaluation: z
    .strictObject({ topK: z.array(positiveInteger).max(8) })
    .partial()
    .optional(),
  checkpoint: z
    .strictObject({ everySeconds: z.number().positive().max(3600) })
    .partial()
    .optional(),
  seed: z.number().int().min(0).max(0xffffffff).optional(),
});
export type UserSpec = z.input<typeof userSpecSchema>;
