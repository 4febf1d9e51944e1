/** The honest numbers: what the registered model does on the test split. */
import { z } from 'zod';

const share = z.number().min(0).max(1);

export const classMetricsSchema = z.strictObject({
  class: z.string(),
  support: z.number().int(),
  /** null where it is not defined (no prediction, or no image, of the class). */
  precision: share.nullable(),
  recall: share.nullable(),
  f1: share.nullable(),
});

export const evaluationSchema = z.strictObject({
  format: z.literal(1),
  count: z.number().int().positive(),
  top1: share,
  /** 95 % Wilson score interval of top-1 (Wilson 1927). */
  interval: z.tuple([share, share]),
  /** k → accuracy, for every k that is smaller than the number of classes. */
  topK: z.record(z.string(), share),
  /** Mean cross-entropy, in nats. */
  loss: z.number(),
  perClass: z.array(classMetricsSchema),
  macroF1: share,
  /** confusion[true][predicted] */
  confusion: z.array(z.array(z.number().int())),
  /** Expected calibration error, 15 equal-width bins (Guo et al. 2017), and the bins themselves. */
  calibration: z.strictObject({
    expectedCalibrationError: share,
    bins: z.array(
      z.strictObject({
        low: share,
        high: share,
        count: z.number().int(),
        confidence: share.nullable(),
        accuracy: share.nullable(),
      }),
    ),
  }),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** Classes up to which an evaluation travels with its tables: about 15 KB. */
const mostClassesInHistory = 60;

/**
 * An evaluation as it travels through Temporal. With so many classes that the tables of classes would make a payload of
 * megabytes they are left out (empty); the stored evaluation and the model's card have them.
 */
export function evaluationInBrief(evaluation: Evaluation): Evaluation {
  return evaluation.perClass.length <= mostClassesInHistory
    ? evaluation
    : { ...evaluation, perClass: [], confusion: [] };
}

/** One image's prediction, best class first. */
export const predictionSchema = z.strictObject({
  path: z.string(),
  top: z.array(z.strictObject({ class: z.string(), probability: share })),
});
export type Prediction = z.infer<typeof predictionSchema>;

/** Every test image's outcome, stored beside the evaluation so that each figure can be recomputed. */
export const testOutcomeSchema = z.strictObject({
  path: z.string(),
  label: z.number().int(),
  predicted: z.number().int(),
  probabilities: z.array(z.number()),
});
export type TestOutcome = z.infer<typeof testOutcomeSchema>;

/** The object at an evaluation's content key. */
export const storedEvaluationSchema = z.strictObject({
  format: z.literal(1),
  evaluation: evaluationSchema,
  /** The parameters that were evaluated: a complete model. */
  parameters: z.strictObject({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    bytes: z.number().int().positive(),
    count: z.number().int().positive(),
  }),
  outcomes: z.array(testOutcomeSchema),
});
export type StoredEvaluation = z.infer<typeof storedEvaluationSchema>;
