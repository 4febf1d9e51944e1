/** What has changed between two versions of a data set. */
import { z } from 'zod';
import { digest } from './digest.js';

const count = z.number().int().nonnegative();
const pValue = z.number().min(0).max(1);

export const driftReportSchema = z.strictObject({
  format: z.literal(1),
  before: digest,
  after: digest,
  classes: z.strictObject({ added: z.array(z.string()), gone: z.array(z.string()) }),
  /** By content. */
  pictures: z.strictObject({ added: count, gone: count, stayed: count }),
  /** Whether the shares of the classes that both have differ: Pearson's chi-squared test. null: fewer than two such classes. */
  balance: z.strictObject({ statistic: z.number().nonnegative(), degrees: count, pValue }).nullable(),
  /**
   * Whether new pictures look different from earlier ones of the same class to the fixed network that tasks are compared by:
   * squared maximum mean discrepancy, permuted within classes. null: not measured, for too few pictures are new, or the network could not be had.
   */
  features: z.strictObject({ before: count, added: count, discrepancy: z.number(), pValue }).nullable(),
  summary: z.string(),
});
export type DriftReport = z.infer<typeof driftReportSchema>;
