/** What `augmentation.policy: auto` found: every policy tried, what validation said of it, and why one was chosen. */
import { z } from 'zod';
import { augmentationSchema } from './augmentationSpec.js';

const interval = z.tuple([z.number(), z.number()]);

export const augmentationChoiceSchema = z.strictObject({
  format: z.literal(1),
  /** Name of the policy chosen; `given` when there was nothing to measure on. */
  chosen: z.string(),
  /** In words. */
  reason: z.string(),
  /** The settings that take the place of the spec's. */
  augmentation: augmentationSchema,
  /** From the simplest to the strongest. */
  policies: z.array(
    z.strictObject({
      name: z.string(),
      /** Of a head on cached features, on the validation sample. */
      top1: z.number().min(0).max(1),
      /** 95 % Wilson interval of top-1. */
      interval,
      /** Mean cross-entropy, nats. */
      loss: z.number(),
      /** Loss less that of `none` on the same pictures, with its 95 % interval; below zero: better. */
      difference: z.strictObject({ mean: z.number(), interval }),
    }),
  ),
  /** Pictures looked at: none of them of the test split. */
  images: z.strictObject({ train: z.number().int(), validation: z.number().int() }),
});
export type AugmentationChoice = z.infer<typeof augmentationChoiceSchema>;
