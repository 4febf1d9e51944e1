/** The activities of a test on other pictures: what each is asked and answers, then their part of the table. */
import { z } from 'zod';
import { evaluationSchema } from '../data/evaluation.js';
import type { labelledOutputSchema } from '../models/pictureTest.js';
import { digest } from '../digest.js';
import { halvings } from '../spec/stages/halvings.js';
import { modelReferenceSchema } from '../spec/sources/modelReference.js';
import { runSpecSchema } from '../spec/runSpec.js';
import { activity } from './activity.js';

/** What the workflow of a test is asked, and its first activity. */
export const labelPicturesInputSchema = z.strictObject({
  model: modelReferenceSchema,
  /** The source, with the limits of the model's own ingest. Its shares draw nothing. */
  dataset: runSpecSchema.shape.dataset,
  /** Whether pictures that the model was trained on are tested, too. */
  keepSeen: z.boolean(),
});
export type LabelPicturesInput = z.infer<typeof labelPicturesInputSchema>;
export type LabelPicturesOutput = z.infer<typeof labelledOutputSchema>;

export const evaluateOnPicturesInputSchema = z.strictObject({
  model: modelReferenceSchema,
  /** Key of the list of pictures (picturesToTestSchema). */
  pictures: digest,
  halvings,
});
export type EvaluateOnPicturesInput = z.infer<typeof evaluateOnPicturesInputSchema>;
export const evaluateOnPicturesOutputSchema = z.strictObject({
  /** Key of the result (pictureTestSchema). */
  key: digest,
  evaluation: evaluationSchema,
});
export type EvaluateOnPicturesOutput = z.infer<typeof evaluateOnPicturesOutputSchema>;

export const evaluationActivities = {
  labelPictures: activity('shards', 'ingest', labelPicturesInputSchema).answers<LabelPicturesOutput>(),
  evaluateOnPictures: activity('engine', 'evaluate', evaluateOnPicturesInputSchema).answers<EvaluateOnPicturesOutput>(),
};
