/**
 * The run spec: everything a person may say about a run. All of it is optional but the source; what is left out is
 * filled in by a recipe (see recipes.ts) and by the backbone's own input settings.
 */
import { z } from 'zod';
import { augmentationSchema, testTimeAugmentationSchema, userAugmentationSchema } from './augmentationSpec.js';
import { budgetSchema, userBudgetSchema } from './budget.js';
import { nameSchema } from './names.js';
import { preprocessSchema } from './preprocessSpec.js';
import { promotionPolicySchema } from './promotion.js';
import { undecidedSchema } from './undecided.js';

export { augmentationSchema, type AugmentationSpec } from './augmentationSpec.js';

const fraction = z.number().min(0).max(1);
const positiveInteger = z.number().int().positive();

export const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** Stochastic gradient descent with momentum. */
    kind: z.literal('sgd'),
    /** Share of the last step's direction that is kept. */
    momentum: z.number().min(0).lt(1).default(0.9),
    /** Whether the gradient is taken ahead, where momentum leads (Nesterov 1983). */
    nesterov: z.boolean().default(false),
    /** Added to the gradient, times the parameter. */
    weightDecay: z.number().min(0).default(0),
  }),
  z.strictObject({
    /** Adam with decoupled weight decay (Loshchilov & Hutter 2019). */
    kind: z.literal('adamw'),
    /** Decay of the gradient's running mean. */
    beta1: z.number().min(0).lt(1).default(0.9),
    /** Decay of the running mean of its square. */
    beta2: z.number().min(0).lt(1).default(0.999),
    /** Added to the root of that mean, so that nothing is divided by zero. */
    epsilon: z.number().positive().default(1e-8),
    /** Share of each parameter, times the rate, that a step takes away. */
    weightDecay: z.number().min(0).default(0.01),
  }),
]);
export type OptimizerSpec = z.infer<typeof optimizerSchema>;

/** Shape of the learning rate over a stage; the peak is the stage's `learningRate`. */
export const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** The peak throughout. */
    kind: z.literal('constant'),
  }),
  z.strictObject({
    /** Half a cosine from the peak down (Loshchilov & Hutter 2017). */
    kind: z.literal('cosine'),
    /** Rate at the end, as a share of the peak. */
    finalShare: fraction.default(0),
  }),
  z.strictObject({
    /** Lowered at regular intervals. */
    kind: z.literal('step'),
    /** Epochs between two reductions. */
    everyEpochs: positiveInteger,
    /** What the rate is multiplied by each time. */
    factor: z.number().positive().lt(1).default(0.1),
  }),
  z.strictObject({
    /** One rise and one long fall (Smith & Topin 2019). It is its own warm-up: `warmupEpochs` is ignored. */
    kind: z.literal('one-cycle'),
    /** Share of the steps in which the rate rises. */
    riseShare: fraction.gt(0).lt(1).default(0.3),
    /** Rate at the beginning, as a share of the peak. */
    startShare: fraction.default(0.04),
    /** Rate at the end, as a share of the peak. */
    finalShare: fraction.default(4e-6),
  }),
  z.strictObject({
    /** Lowered whenever the validation loss (training loss, where there is no validation split) stops falling. */
    kind: z.literal('plateau'),
    /** What the rate is multiplied by each time. */
    factor: z.number().positive().lt(1).default(0.1),
    /** Epochs without improvement that are borne. Stages are short: torch's 10 would never come to an end. */
    patience: z.number().int().min(0).default(2),
    /** Epochs after a reduction in which none are counted. */
    cooldown: z.number().int().min(0).default(0),
    /** Least relative improvement that counts. */
    threshold: z.number().min(0).lt(1).default(1e-4),
    /** Lowest rate, as a share of the peak. */
    finalShare: fraction.default(0),
  }),
]);
export type ScheduleSpec = z.infer<typeof scheduleSchema>;

const trainingFields = {
  /** Times the stage goes through all training images. */
  epochs: positiveInteger.max(10_000),
  /** Images a step averages its gradient over. */
  batchSize: positiveInteger.max(4096),
  optimizer: optimizerSchema,
  /** Peak rate of the head's parameters; `auto`: the one a range test on the cached features proposes. */
  learningRate: z.union([z.number().positive().max(100), z.literal('auto')], {
    error: 'expected auto, or a number of more than 0 and at most 100',
  }),
  schedule: scheduleSchema,
  /** Linear warm-up from 0 to the peak, in epochs (may be a fraction of one); it takes at most half of the stage's steps. */
  warmupEpochs: z.number().min(0),
  /** Share of each label that is spread over all classes (Szegedy et al. 2016); 0: none. */
  labelSmoothing: z.number().min(0).lt(1),
  /** Ends the stage when validation has not improved for so many epochs; null: never. */
  patience: positiveInteger.nullable(),
  /** Whether validation chooses the epoch that is kept: by its loss, unless top-1 tells more than chance (false: the last one, as the tutorial does). */
  keepBest: z.boolean(),
};

export const headSpecSchema = z.strictObject({
  ...trainingFields,
  /**
   * Whether the classifier begins with the source's own rows for the classes both have, where the source is a registered model.
   * Left out: no, a new classifier.
   */
  reuseRows: z.boolean().optional(),
});
export type HeadSpec = z.infer<typeof headSpecSchema>;

export const fineTuneSpecSchema = z.strictObject({
  ...trainingFields,
  /**
   * What trains with the head. `default`: the backbone's own usual suffix; `last`: its last stage; `half`: its upper half;
   * `all`: every stage but the first. Otherwise names: a stage (`layer4`), which means everything from it up; or modules
   * and parameters by their torch names, which mean just those: `layer4.2`, `features.24-30`, `Mixed_7`, `*.conv3.weight`.
   */
  unfreeze: z.union([z.enum(['default', 'last', 'half', 'all']), z.string().min(1), z.array(z.string().min(1)).min(1)]),
  /** Unfreezes one stage more at a time, from the top down, each time as a step of its own (ULMFiT). Left out: no. */
  gradual: z.boolean().optional(),
  /**
   * Statistics of batch normalisation in the stages that train. `frozen` (when left out): the source's; `adapt`: measured anew
   * on the training images before the step begins (AdaBN, Li et al. 2016), frozen from then on.
   */
  batchNorm: z.enum(['frozen', 'adapt']).optional(),
  /** Rate of the unfrozen backbone parameters as a share of `learningRate`. */
  backboneRateFactor: z.number().positive().max(1),
  /** Further factor for each stage further from the head (discriminative rates, ULMFiT, Howard & Ruder 2018); 1: none. */
  stageRateDecay: z.number().positive().max(1),
});
export type FineTuneSpec = z.infer<typeof fineTuneSpecSchema>;

const splitSharesSchema = z.strictObject({
  /** Share of each class's training images that is drawn for validation when the source has none. */
  validation: fraction.lt(0.9),
  /** Share of each class's images that is drawn for the test when the source has only one split. There is always a test. */
  test: fraction.gt(0).lt(0.9),
  /**
   * What the splits are drawn by; another one draws other pictures. Left out: 0, whatever the run's `seed` is. A picture keeps its
   * split when the source grows.
   */
  seed: z.number().int().min(0).max(0xffffffff).optional(),
});

export const datasetSpecSchema = z.strictObject({
  /** `s3://bucket/prefix` or `s3://bucket/manifest.csv|.tsv|.txt|.jsonl`. The client uploads a local folder first. */
  uri: z
    .string()
    .regex(
      /^s3:\/\/[^/]+(\/.*)?$/,
      'use s3://bucket/prefix (a local folder is uploaded by `graftwork train <folder>`)',
    ),
  /** `imagefolder`: one folder per class; `manifest`: a list of paths and labels; `auto`: the address decides. */
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

export const backboneSpecSchema = z.strictObject({
  /**
   * Name in the zoo, e.g. `efficientnet_lite0`, `resnet50`; a registered model, `model:birds@3`, without its head; or `auto`:
   * the sources that are here are ranked, and one is chosen.
   */
  name: z.string().min(1),
  /** `hf:repo[@revision]`, https URL, s3:// URI or file path; left out: the backbone's published weights. */
  weights: z.string().min(1).optional(),
  /** Expected digest of the weights file. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'write 64 hexadecimal digits')
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
  /** Of the model the run makes; left out: that of the folder or prefix. */
  name: nameSchema,
  /** Where everything that is left out is taken from. */
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
    testTimeAugmentation: testTimeAugmentationSchema.default({ views: 1 }),
  }),
  checkpoint: z.strictObject({
    /** Seconds between two checkpoints of a stage in training. */
    everySeconds: z.number().positive().max(3600),
  }),
  /** What every random number of the run is drawn from, but not the splits: the same seed gives the same model. */
  seed: z.number().int().min(0).max(0xffffffff),
  /** Whether the model may go into production by itself; left out: only a person moves it there. */
  promotion: promotionPolicySchema.optional(),
  /** Time the run has; left out: as long as it takes. */
  budget: budgetSchema.optional(),
  /** What the run may choose for itself, because the person said nothing about it; left out: nothing. */
  undecided: z.array(undecidedSchema).optional(),
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

/** Usual ways to unfreeze, short for a list of fine-tune steps; see freezingPlans.ts. */
export const freezingPlanNames = ['head-only', 'probe-then-fine-tune', 'gradual', 'all-at-once'] as const;
export type FreezingPlanName = (typeof freezingPlanNames)[number];

/** What a person writes: any part of a RunSpec. */
export const userSpecSchema = z.strictObject({
  name: nameSchema.optional(),
  recipe: z.enum(['default', 'reference']).optional(),
  /** Which layers train when; items of `fineTune` are laid over its steps, first over first. */
  plan: z.enum(freezingPlanNames).optional(),
  dataset: datasetSpecSchema.extend({ splits: splitSharesSchema.partial() }).partial().optional(),
  preprocess: preprocessSchema.partial().optional(),
  /** A text alone is the name. */
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
  /** Steps of fine-tuning after the head, in their order; an empty list: the head alone. */
  fineTune: z
    .array(fineTuneSpecSchema.extend({ optimizer: partialOptimizerSchema }).partial())
    .max(8)
    .optional(),
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
  /** When the model goes into production by itself. */
  promotion: promotionPolicySchema.optional(),
  /** Time the run has: `30s`, `10m`, `2h`. When it is nearly up, training ends with what it has. */
  budget: userBudgetSchema.optional(),
});
export type UserSpec = z.input<typeof userSpecSchema>;
