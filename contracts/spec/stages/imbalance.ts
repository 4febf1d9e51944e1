/** What is done about classes of very different size. */
import { z } from 'zod';

/** What a stage can do; nothing is left out of specs, so that keys from before stay as they are. */
export const balancingSchema = z.enum(['class-weights', 'balanced-sampling', 'logit-adjustment', 'focal']);
export type Balancing = z.infer<typeof balancingSchema>;

/** What a person can ask for. */
export const imbalanceSchema = z.enum(['plain', ...balancingSchema.options, 'auto']);
export type Imbalance = z.infer<typeof imbalanceSchema>;

const share = z.number().min(0).max(1);

/** What can be chosen; `asymmetric`, the loss, only for a multi-label task. */
const methodSchema = z.enum(['plain', ...balancingSchema.options, 'asymmetric']);

/** What `imbalance: auto` found. */
export const imbalanceChoiceSchema = z.strictObject({
  chosen: methodSchema,
  reason: z.string(),
  rows: z.array(
    z.strictObject({
      method: methodSchema,
      /** Mean recall of the classes, of held-out pictures; left out of a multi-label task. */
      balancedAccuracy: share.optional(),
      /** Only of a multi-label task: mean average precision. */
      mAP: share.optional(),
      /** Of a multi-label task the share of pictures whose likeliest label is right. */
      top1: share,
      /** Balanced accuracy or mean average precision against plain, in standard errors; null for plain itself. */
      score: z.number().nullable(),
      /** Pictures that it recognises fewer, in standard errors; null for plain itself. */
      lost: z.number().nullable(),
    }),
  ),
  /** Held-out pictures. */
  images: z.number().int(),
  folds: z.number().int(),
  seconds: z.number().nonnegative(),
});
export type ImbalanceChoice = z.infer<typeof imbalanceChoiceSchema>;
