/** What training reports, stores and resumes from. */
import { z } from 'zod';
import { digest } from '../../digest.js';
import { rangeTestSchema } from './rangeTest.js';

/** Only of a multi-label task: mean average precision of the labels. */
const mAP = z.number().min(0).max(1).optional();

/** One row of the epoch table. */
export const epochSchema = z.strictObject({
  /** Counted from 1. */
  epoch: z.number().int().positive(),
  /** Mean training loss over the epoch's images. */
  loss: z.number(),
  /** null when there is no validation split. */
  validation: z.strictObject({ top1: z.number().min(0).max(1), loss: z.number(), mAP }).nullable(),
  /** Head's rate at the epoch's last step. */
  learningRate: z.number(),
  seconds: z.number().nonnegative(),
});
export type Epoch = z.infer<typeof epochSchema>;

/** Kinds of tensors in a checkpoint's data object, each under `<kind>/<parameter name>[/<slot>]`. */
export const checkpointKinds = ['parameter', 'optimizer', 'best'] as const;

export const checkpointSchema = z.strictObject({
  /** The next step to do: `step` steps of epoch `epoch` (counted from 1) are done. */
  position: z.strictObject({
    epoch: z.number().int().positive(),
    step: z.number().int().nonnegative(),
    globalStep: z.number().int().nonnegative(),
  }),
  /** Sum of losses and images of the epoch so far, so that its mean is exact after a resume. */
  running: z.strictObject({ lossSum: z.number(), images: z.number().int() }),
  epochs: z.array(epochSchema),
  best: z.strictObject({ epoch: z.number().int(), top1: z.number(), loss: z.number(), mAP }).nullable(),
  /** Validation of the parameters the stage began with, where they are a candidate themselves (fine-tune stages). */
  incoming: z.strictObject({ top1: z.number(), loss: z.number(), mAP }).nullable(),
  /** Where the rate is found by a range test: its outcome, so that a resumed stage goes on at the same rate. */
  rangeTest: rangeTestSchema.optional(),
  /** Digest of the data object (`<digest>.safetensors`), which holds parameters, optimizer state and best parameters. */
  data: digest,
  bytes: z.number().int().positive(),
  /** Seconds spent on the stage so far, over all attempts. */
  seconds: z.number().nonnegative(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** Facts about a checkpoint in the data object itself, for when the manifest is lost. */
export const checkpointFactsSchema = checkpointSchema.omit({ data: true, bytes: true });
export type CheckpointFacts = z.infer<typeof checkpointFactsSchema>;

/**
 * The truth about a stage in training. Every write is conditional on the version the writer saw last, so an attempt that
 * was overtaken can write nothing more: it gets a conflict and ends.
 */
export const checkpointManifestSchema = z.strictObject({
  format: z.literal(1),
  /** Content key of the stage: digest of everything that determines its result. */
  stage: digest,
  lease: z.strictObject({
    /** Run (workflow id) whose attempt trains the stage. */
    run: z.string(),
    /** Raised by every attempt that takes over: the fencing token. */
    token: z.number().int().positive(),
    /** True when that attempt ended on purpose (paused, preempted, cancelled): nobody needs to wait for it. */
    released: z.boolean(),
    /** Signs of life since the last write that had more to say; left out: none was needed yet. */
    beat: z.number().int().positive().optional(),
  }),
  /** Newest first; the one before is kept until the next is proved. */
  checkpoints: z.array(checkpointSchema).max(2),
});
export type CheckpointManifest = z.infer<typeof checkpointManifestSchema>;

/** Where the loss became NaN or infinite: `step` steps of epoch `epoch` (counted from 1) were done; the rate is the next step's. */
export const divergenceSchema = z.strictObject({
  epoch: z.number().int().positive(),
  step: z.number().int().nonnegative(),
  learningRate: z.number(),
});
export type Divergence = z.infer<typeof divergenceSchema>;

/** How a stage ended. Written once, at the stage's content key. */
export const stageResultSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  kind: z.enum(['head', 'fineTune']),
  epochs: z.array(epochSchema),
  /** Epoch whose parameters are kept. */
  bestEpoch: z.number().int().nonnegative(),
  validation: z.strictObject({ top1: z.number(), loss: z.number(), mAP, count: z.number().int() }).nullable(),
  seconds: z.number().nonnegative(),
  /** Whether validation says that the run should go on from this stage's parameters. */
  kept: z.boolean(),
  reason: z.string(),
  /** Digest of the trained parameters' object (head, and for a fine-tune stage the unfrozen stages or their adapters). */
  parameters: digest,
  /** Names of the backbone stages those parameters replace or change. */
  trainable: z.array(z.string()),
  /** Why the stage ended: all epochs done, early stopping, a person's `finish`, or a loss that became NaN or infinite. */
  ended: z.enum(['completed', 'early-stopping', 'finished', 'diverged']),
  /** Only where it diverged. */
  diverged: divergenceSchema.optional(),
  /** Mean images per second while training. */
  imagesPerSecond: z.number().nonnegative(),
  /** Where the rate was `auto`: how it was found. */
  rangeTest: rangeTestSchema.optional(),
});
export type StageResult = z.infer<typeof stageResultSchema>;

/** Live progress: heartbeat details of an activity, and messages of the engine process. */
export const progressSchema = z.strictObject({
  /** `ingest`, `preprocess`, `features`, `head`, `fine-tune-1`, `evaluate`, … */
  stage: z.string(),
  /** Units done and in all: images for ingest and features, steps for training. */
  done: z.number().nonnegative(),
  total: z.number().nonnegative(),
  unit: z.enum(['images', 'steps', 'shards', 'bytes']),
  epoch: z.number().int().optional(),
  epochs: z.number().int().optional(),
  loss: z.number().optional(),
  top1: z.number().optional(),
  imagesPerSecond: z.number().optional(),
  secondsLeft: z.number().optional(),
  /** Epoch and step the attempt began from, when it is not the beginning. */
  resumedFrom: z.strictObject({ epoch: z.number().int(), step: z.number().int() }).optional(),
});
export type Progress = z.infer<typeof progressSchema>;
