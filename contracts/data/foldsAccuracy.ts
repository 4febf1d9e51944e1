/** What heads, or whole networks, make of a run's pictures, each held out in one fold. */
import { z } from 'zod';

const share = z.number().min(0).max(1);

export const foldsAccuracySchema = z.strictObject({
  folds: z.number().int(),
  /** Pictures held out. */
  count: z.number().int().positive(),
  /** Of a multi-label task the share of pictures whose likeliest label is right. */
  top1: share,
  /** 95 % Wilson score interval (Wilson 1927). */
  interval: z.tuple([share, share]),
  /** Only of a multi-label task. */
  multiLabel: z
    .strictObject({
      /** Mean average precision, and its 95 % interval by the jackknife. */
      mAP: share,
      interval: z.tuple([share, share]),
      /** At thresholds of pictures other than those that are judged. */
      microF1: share,
      macroF1: share,
    })
    .optional(),
  /** Groups and look-alikes that were held out together; left out where there are none. */
  together: z.number().int().positive().optional(),
  /** Classes whose pictures are all in one fold, so that nothing trained without it could recognise them; left out where there are none. */
  unlearnt: z.array(z.string()).min(1).optional(),
  /** Those of the test among them; left out by runs of earlier versions, which held out the others alone. */
  tested: z.number().int().positive().optional(),
});
export type FoldsAccuracy = z.infer<typeof foldsAccuracySchema>;
