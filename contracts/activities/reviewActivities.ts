/** The activities of a review of labels: what each is asked and answers, then their part of the table. */
import { z } from 'zod';
import type { SuspectedLabels } from '../data/labelReview.js';
import { digest } from '../digest.js';
import { halvings } from '../spec/stages/halvings.js';
import { activity } from './activity.js';

/** A plan whose features are cached. */
export const reviewLabelsInputSchema = z.strictObject({
  plan: digest,
  /** Pictures beyond which nothing is done: a run does not wait for long. Default: no limit. */
  most: z.number().int().positive().optional(),
  halvings,
});
export type ReviewLabelsInput = z.infer<typeof reviewLabelsInputSchema>;
export interface ReviewLabelsOutput extends SuspectedLabels {
  /** Key of what was found (labelIssuesSchema). */
  key: string;
}

/** A plan whose pictures are preprocessed. */
export const inspectQualityInputSchema = z.strictObject({ plan: digest });
export type InspectQualityInput = z.infer<typeof inspectQualityInputSchema>;
export interface InspectQualityOutput {
  /** Key of what was found (faultyPicturesSchema). */
  key: string;
}

export const reviewActivities = {
  reviewLabels: activity('engine', 'review', reviewLabelsInputSchema).answers<ReviewLabelsOutput | null>(),
  inspectQuality: activity('shards', 'review', inspectQualityInputSchema).answers<InspectQualityOutput>(),
};
