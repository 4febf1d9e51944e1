/** The outcome of a learning rate range test (Smith 2017): the rate it proposes, why, and its curve. */
import { z } from 'zod';

export const rangeTestSchema = z.strictObject({
  /** The rate the stage is trained at. */
  learningRate: z.number().positive(),
  reason: z.string(),
  /** Loss of each batch (nats, before its step) as the rate rises, and the curve through them. */
  curve: z.array(z.strictObject({ learningRate: z.number().positive(), loss: z.number(), smoothed: z.number() })),
  seconds: z.number().nonnegative(),
});
export type RangeTest = z.infer<typeof rangeTestSchema>;
