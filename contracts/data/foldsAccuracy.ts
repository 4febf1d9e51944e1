/** What heads, or whole networks, make of a run's pictures, each held out in one fold. */
import { z } from 'zod';

const share = z.number().min(0).max(1);

export const foldsAccuracySchema = z.strictObject({
  folds: z.number().int(),
  /** Pictures held out. */
  count: z.number().int().positive(),
  top1: share,
  /** 95 % Wilson score interval (Wilson 1927). */
  interval: z.tuple([share, share]),
  /** Groups and look-alikes that were held out together; left out where there are none. */
  together: z.number().int().positive().optional(),
  /** Those of the test among them; left out by runs of earlier versions, which held out the others alone. */
  tested: z.number().int().positive().optional(),
});
export type FoldsAccuracy = z.infer<typeof foldsAccuracySchema>;
