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
  /** Only of a multi-label model: average precision of the pictures' probabilities; null where no picture has the label. */
  averagePrecision: share.nullable().optional(),
  /** Only of a multi-label model: the probability from which a picture is given the label. Other figures of the class are at it. */
  threshold: share.optional(),
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

/** What is only known of a multi-label model. */
const multiLabelFiguresSchema = z.strictObject({
  /** Mean average precision of the labels that any picture has, and its 95 % interval by the jackknife. */
  mAP: share,
  interval: z.tuple([share, share]),
  /** F1 of all decisions together, at each label's threshold. `macroF1` is the mean of the labels' F1. */
  microF1: share,
  /** Share of pictures whose labels are all right. */
  exactMatch: share,
  /** Mean number of labels of a picture: those it has, and those it is given. */
  labels: z.number().nonnegative(),
  given: z.number().nonnegative(),
  /** Of a calibrated model: mean share of a picture's labels that its set at `usualCoverage` holds. */
  sets: testedSetsSchema.optional(),
});
export type MultiLabelFigures = z.infer<typeof multiLabelFiguresSchema>;

export const evaluationSchema = z.strictObject({
  format: z.literal(1),
  count: z.number().int().positive(),
  /** Of a multi-label model: share of pictures whose likeliest label is right. */
  top1: share,
  /** 95 % Wilson score interval of top-1 (Wilson 1927). */
  interval: z.tuple([share, share]),
  /** k → accuracy, for every k that is smaller than the number of classes. */
  topK: z.record(z.string(), share),
  /** Mean cross-entropy, in nats; of a multi-label model the sum over its labels. */
  loss: z.number(),
  perClass: z.array(classMetricsSchema),
  /** Mean F1 of the classes that have pictures. */
  macroF1: share,
  /** confusion[true][predicted]; empty where there are more classes than `mostClassesInMatrix`, and of a multi-label model. */
  confusion: z.array(z.array(z.number().int())),
  /** With so many classes: the cells of the matrix that are not zero, as [true, predicted, pictures], row by row. */
  confusionCells: z.array(z.tuple([z.number().int(), z.number().int(), z.number().int()])).optional(),
  /**
   * Expected calibration error, 15 equal-width bins (Guo et al. 2017), and the bins themselves. Of a multi-label model each probability of
   * each label counts.
   */
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
  /** Only of a multi-label model. */
  multiLabel: multiLabelFiguresSchema.optional(),
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
  /** True class; of a multi-label model its set of labels, by its index in the version. */
  label: z.number().int(),
  predicted: z.number().int(),
  /** Classes that come before the true one, or before the likeliest true label. */
  rank: z.number().int().nonnegative(),
  /** Probability of the true class or of the likeliest true label, and of the predicted one. */
  probability: z.number(),
  confidence: z.number(),
  /** Of a calibrated model: the same two without its temperature. */
  uncalibrated: z.strictObject({ probability: z.number(), confidence: z.number() }).optional(),
  /** Of a calibrated model: size of the prediction set at `usualCoverage`, and whether it holds the true class. */
  sets: z.strictObject({ lac: setOutcomeSchema, aps: setOutcomeSchema }).optional(),
  /** Only of a multi-label model: the probability of each class, and the classes that are right. */
  scores: z.array(share).optional(),
  truth: z.array(z.number().int().nonnegative()).optional(),
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
