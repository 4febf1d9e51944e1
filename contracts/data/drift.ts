/** What has changed between two versions of a data set. */
import { z } from 'zod';
import { digest } from '../digest.js';

const count = z.number().int().nonnegative();
const pValue = z.number().min(0).max(1);

/** Pearson's chi-squared test; the p-value allows for classes of few pictures. */
const chiSquared = z.strictObject({ statistic: z.number().nonnegative(), degrees: count, pValue });

export const driftReportSchema = z.strictObject({
  format: z.literal(1),
  before: digest,
  after: digest,
  classes: z.strictObject({ added: z.array(z.string()), gone: z.array(z.string()) }),
  /** By content. */
  pictures: z.strictObject({ added: count, gone: count, stayed: count }),
  /**
   * Whether the classes that both have are balanced in the pictures that were added as in the earlier ones. null: nothing was added to
   * two such classes or more. In reports from before, the earlier set was compared with the one that contains it.
   */
  balance: chiSquared.nullable(),
  /** The same of the pictures that are gone, against those that stayed. Not in reports from before. */
  goneBalance: chiSquared.nullable().optional(),
  /**
   * Whether new pictures look different from earlier ones of the same class to the fixed network that tasks are compared by:
   * squared maximum mean discrepancy, permuted within classes. null: not measured, for too few pictures are new, or the network could not be had.
   */
  features: z.strictObject({ before: count, added: count, discrepancy: z.number(), pValue }).nullable(),
  summary: z.string(),
});
export type DriftReport = z.infer<typeof driftReportSchema>;
