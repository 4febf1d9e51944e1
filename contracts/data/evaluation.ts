/** The honest numbers: what the registered model does on the test split. */
import { z } from 'zod';
import { digest } from '../digest.js';
import { fittedCalibrationSchema } from './fittedCalibration.js';

const share = z.number().min(0).max(1);

export const classMetricsSchema = z.strictObject({
  class: z.string(),
  support: z.number().int(),
  /** null where it is not defined (no prediction, or no image, of the class). */
  precision: share.nullable(),
  recall: share.nullable(),
  f1: share.nullable(),
});

/** Sets of classes at `usualCoverage`, made with limits that validation pictures gave. */
const testedSetsSchema = z.strictObject({
  /** Share of the sets that hold the right class, with its 95 % interval. */
  coverage: share,
  interval: z.tuple([share, share]),
  /** Mean number of classes, and the share of sets without any. */
  meanSize: z.number().nonnegative(),
  empty: share,
});
export type TestedSets = z.infer<typeof testedSetsSchema>;

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
  /** confusion[true][predicted]; empty where there are more classes than `mostClassesInMatrix`. */
  confusion: z.array(z.array(z.number().int())),
  /** With so many classes: the cells of the matrix that are not zero, as [true, predicted, pictures], row by row. */
  confusionCells: z.array(z.tuple([z.number().int(), z.number().int(), z.number().int()])).optional(),
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
  /** Of a calibrated model: loss and expected calibration error of the same answers before calibration. */
  uncalibrated: z.strictObject({ loss: z.number(), expectedCalibrationError: share }).optional(),
  /** Of a calibrated model: prediction sets by both methods. */
  sets: z.strictObject({ lac: testedSetsSchema, aps: testedSetsSchema }).optional(),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** Classes up to which the confusion matrix is written out: a matrix of 5,000 classes has 25 million cells. */
export const mostClassesInMatrix = 100;

/** Classes up to which an evaluation travels with its tables: about 15 KB. */
const mostClassesInHistory = 60;

/**
 * An evaluation as it travels through Temporal. With so many classes that the tables of classes would make a payload of
 * megabytes they are left out (empty); the stored evaluation has them, and the model's card has the figures of each class.
 */
export function evaluationInBrief(evaluation: Evaluation): Evaluation {
  return evaluation.perClass.length <= mostClassesInHistory
    ? evaluation
    : { ...withoutConfusion(evaluation), perClass: [] };
}

/** An evaluation as a model's card and `show` have it: where there are many classes, their confusion is in the stored one alone. */
export function evaluationOnCard(evaluation: Evaluation): Evaluation {
  return evaluation.perClass.length <= mostClassesInMatrix ? evaluation : withoutConfusion(evaluation);
}

function withoutConfusion({ confusionCells: _cells, ...evaluation }: Evaluation): Evaluation {
  return { ...evaluation, confusion: [] };
}

/** One image's prediction, best class first. */
export const predictionSchema = z.strictObject({
  path: z.string(),
  top: z.array(z.strictObject({ class: z.string(), probability: share })),
});
export type Prediction = z.infer<typeof predictionSchema>;

const setOutcomeSchema = z.strictObject({ size: z.number().int().nonnegative(), holds: z.boolean() });

/** What a model says of one test image: as much of its probabilities as any figure needs. */
export const answerSchema = z.strictObject({
  label: z.number().int(),
  predicted: z.number().int(),
  /** Classes that come before the true one. */
  rank: z.number().int().nonnegative(),
  /** Probability of the true class, and of the predicted one. */
  probability: z.number(),
  confidence: z.number(),
  /** Of a calibrated model: the same two without its temperature. */
  uncalibrated: z.strictObject({ probability: z.number(), confidence: z.number() }).optional(),
  /** Of a calibrated model: size of the prediction set at `usualCoverage`, and whether it holds the true class. */
  sets: z.strictObject({ lac: setOutcomeSchema, aps: setOutcomeSchema }).optional(),
});
export type Answer = z.infer<typeof answerSchema>;

/** Every test image's outcome, stored beside the evaluation so that each figure can be recomputed. */
export const testOutcomeSchema = z.strictObject({ path: z.string(), ...answerSchema.shape });
export type TestOutcome = z.infer<typeof testOutcomeSchema>;

/** As evaluations of format 1 have it: with the probabilities of all classes. */
export const fullOutcomeSchema = z.strictObject({
  path: z.string(),
  label: z.number().int(),
  predicted: z.number().int(),
  probabilities: z.array(z.number()),
});
export type FullOutcome = z.infer<typeof fullOutcomeSchema>;

const parametersSchema = z.strictObject({
  sha256: digest,
  bytes: z.number().int().positive(),
  count: z.number().int().positive(),
});

/** The object at an evaluation's content key. Format 1 held the outcomes itself; format 2 lists the parts they lie in. */
export const storedEvaluationSchema = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.literal(1),
    evaluation: evaluationSchema,
    /** The parameters that were evaluated: a complete model. */
    parameters: parametersSchema,
    outcomes: z.array(fullOutcomeSchema),
  }),
  z.strictObject({
    format: z.literal(2),
    evaluation: evaluationSchema,
    parameters: parametersSchema,
    /** Place in the test split of each part's first picture, rising. */
    parts: z.array(z.number().int().nonnegative()),
    /** Not of models of earlier versions, nor of those that no picture has validated. */
    fitted: fittedCalibrationSchema.optional(),
  }),
]);
export type StoredEvaluation = z.infer<typeof storedEvaluationSchema>;

/** One part of an evaluation's outcomes: those of some consecutive test pictures, less any that were forgotten since. */
export const evaluationPartSchema = z.strictObject({
  format: z.literal(1),
  /** Digest of the parameters that gave these answers. */
  parameters: digest,
  outcomes: z.array(testOutcomeSchema),
});
export type EvaluationPart = z.infer<typeof evaluationPartSchema>;
