/** What a prediction is made of: the list of images the client writes, and the answers the worker writes, in parts. */
import { z } from 'zod';
import { predictionSchema } from '../data/evaluation.js';
import { modelReferenceSchema } from './modelCard.js';

/** Object at `PredictInput.images`. */
export const imagesToPredictSchema = z.strictObject({
  format: z.literal(1),
  images: z.array(
    z.strictObject({
      /** What the person called the image: file path or s3:// URI. */
      name: z.string(),
      bucket: z.string(),
      key: z.string(),
    }),
  ),
});
export type ImagesToPredict = z.infer<typeof imagesToPredictSchema>['images'];

const namedReasonSchema = z.strictObject({ path: z.string(), reason: z.string() });
export type SkippedFile = z.infer<typeof namedReasonSchema>;

/**
 * Why a network may not see a picture as it is meant: its crop cuts more than half, its values are not in its format's range, only
 * its first frame is used, or white is put behind it.
 */
const pictureNoteSchema = z.enum(['partly-seen', 'unusual-range', 'animated', 'transparent']);
export type PictureNote = z.infer<typeof pictureNoteSchema>;

/** Ways to make a set of classes that holds the right one as often as was asked for (learning/metrics/trust/conformal.ts). */
export const setMethodSchema = z.enum(['lac', 'aps']);
export type SetMethod = z.infer<typeof setMethodSchema>;

export const predictionSetsSchema = z.strictObject({
  /** Share of pictures whose set holds the right class. */
  coverage: z.number().min(0.5).max(0.99),
  method: setMethodSchema,
  /** Whether this holds for the pictures of each class, and not only for all together. */
  perClass: z.boolean(),
});
export type PredictionSets = z.infer<typeof predictionSetsSchema>;

const answerSchema = predictionSchema.extend({
  /** Only of a multi-label model: the labels the picture is given, the surest first; may be empty. `top` has others as well. */
  labels: predictionSchema.shape.top.optional(),
  notes: z.array(pictureNoteSchema).min(1).optional(),
  /** Squared distance of its features to the nearest class of the training pictures, 0 to 4. Not of models of earlier versions. */
  unlikeness: z.number().optional(),
  /**
   * Why not to act on the answer: nothing that the model was trained on looks so, or its confidence is low. Each is said of 5 % of
   * pictures like those of validation.
   */
  doubt: z.enum(['unlike', 'unsure']).optional(),
  /** Only where sets were asked for: the classes, best first; none where no class is likely enough. */
  set: predictionSchema.shape.top.optional(),
});
export type Answer = z.infer<typeof answerSchema>;

/** All answers of a prediction. Both lists are in the order of the images, `path` is their `name`. */
export const predictionsSchema = z.strictObject({
  format: z.literal(1),
  model: modelReferenceSchema,
  predictions: z.array(answerSchema),
  /** Images that could not be decoded, and why. */
  unreadable: z.array(namedReasonSchema),
  /** Which sets were asked for. Not stored; left out: none. */
  sets: predictionSetsSchema.optional(),
  /** Files of the folders that are no pictures: nothing was predicted for them. Not stored; left out: none. */
  skipped: z.array(namedReasonSchema).optional(),
});
export type Predictions = z.infer<typeof predictionsSchema>;

/** Object at `PredictOutput.key`. Format 1 was the answers themselves; format 2 lists the parts they lie in. */
export const storedPredictionsSchema = z.discriminatedUnion('format', [
  predictionsSchema,
  z.strictObject({
    format: z.literal(2),
    model: modelReferenceSchema,
    /** Place in the list of images of each part's first one, rising. */
    parts: z.array(z.number().int().nonnegative()),
  }),
]);
export type StoredPredictions = z.infer<typeof storedPredictionsSchema>;

/** Answers for some consecutive images, less any that were forgotten since. */
export const predictionPartSchema = predictionsSchema.omit({ model: true, sets: true, skipped: true });
export type PredictionPart = z.infer<typeof predictionPartSchema>;
