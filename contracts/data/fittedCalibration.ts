/** What labelled pictures that did not train a model say of its confidence: a temperature, and limits of prediction sets. */
import { z } from 'zod';
import { digest } from '../digest.js';

/** Shares of new pictures whose set holds the right class, for which limits are kept: each percent from 50 to 99. */
export const keptCoverages: readonly number[] = Array.from({ length: 50 }, (_, index) => (50 + index) / 100);

/** Shown beside a test. */
export const usualCoverage = 0.9;

/** One for each of `keptCoverages`; null where there are too few pictures for such a promise, so that every class is in the set. */
const limits = z.array(z.number().nullable()).length(keptCoverages.length);

const beforeAndAfter = z.tuple([z.number(), z.number()]);

export const fittedCalibrationSchema = z.strictObject({
  /** Logits are divided by it (Guo et al. 2017). The stored classifier has it in its weights and biases already. */
  temperature: z.number().positive(),
  /** Pictures that it was fitted on. */
  count: z.number().int().positive(),
  /** Measured fold by fold, at the temperature that the other folds favour: before and after. */
  heldOut: z.strictObject({
    /** Mean cross-entropy, nats. */
    loss: beforeAndAfter,
    expectedCalibrationError: beforeAndAfter,
  }),
  /** Limits of prediction sets (learning/metrics/trust/conformal.ts); null for each of a multi-label model. */
  sets: z.strictObject({
    lac: limits,
    aps: limits,
    /** Of the pictures of each class, in the order of the classes; left out where there are many classes. */
    lacByClass: z.array(limits).optional(),
  }),
  /** Only of a multi-label model. */
  multiLabel: z
    .strictObject({
      /** Of each class: the probability from which a picture is given the label. */
      thresholds: z.array(z.number().min(0).max(1)),
      /** Measured fold by fold with the thresholds that the other folds give: at 0.5 and at them. */
      heldOut: z.strictObject({ microF1: beforeAndAfter, macroF1: beforeAndAfter }),
      /** For each of `keptCoverages` the probability from which a label is in a picture's set (learning/metrics/multiLabel/sets.ts). */
      limits,
    })
    .optional(),
  /** Confidence below which an answer is unsure: 5 % of validation pictures are. 0 of a multi-label model, which may well find nothing. */
  unsureBelow: z.number(),
  /** Whether a picture is like the training pictures (learning/metrics/trust/likeness.ts). */
  unlike: z
    .strictObject({
      /** Digest of the object with the classes' mean features, beside the parameters. */
      means: digest,
      /** Beyond it a picture is unlike them: 5 % of validation pictures are. */
      limit: z.number(),
    })
    .optional(),
});
export type FittedCalibration = z.infer<typeof fittedCalibrationSchema>;
