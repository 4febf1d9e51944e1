/** The two objects a prediction is made of: the list of images the client writes, and the answers the worker writes. */
import { z } from 'zod';
import { predictionSchema } from './evaluation.js';
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

/** Object at `PredictOutput.key`. Both lists are in the order of the images, `path` is their `name`. */
export const predictionsSchema = z.strictObject({
  format: z.literal(1),
  model: modelReferenceSchema,
  predictions: z.array(predictionSchema),
  /** Images that could not be decoded, and why. */
  unreadable: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
});
export type Predictions = z.infer<typeof predictionsSchema>;
