/** How the learning rate changes over a stage. `learning/schedules` computes it. */
import { z } from 'zod';
import { fraction, positiveInteger } from './ranges.js';

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
