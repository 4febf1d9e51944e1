/** Where training takes its features from: decided by the plan, said by the run's result. */
import { z } from 'zod';

export const cacheDecisionSchema = z.strictObject({
  /**
   * `memory`: read once and held. `disk`: read from local files, batch by batch. `recompute`: not stored; the frozen stages
   * run for every batch. Training computes the same in all three, with `recompute` up to float rounding.
   */
  tier: z.enum(['memory', 'disk', 'recompute']),
  /** Of what is stored; what is recomputed is float32. */
  dtype: z.enum(['float32', 'float16']),
  /** Size of the features of every training and validation image in all its views, stored or not. */
  bytes: z.number().nonnegative(),
  /** What decided: bytes that may be held in memory, or stored on local disk. */
  budget: z.number().nonnegative(),
  reason: z.string(),
});
export type CacheDecision = z.infer<typeof cacheDecisionSchema>;

/** What a stage trains on: pooled features in a head, activations at the cut in fine-tuning. */
export type FeatureKind = 'pooled' | 'cut';

export const planCacheSchema = z.strictObject({
  pooled: cacheDecisionSchema,
  /** null when nothing is fine-tuned. */
  cut: cacheDecisionSchema.nullable(),
});
export type PlanCache = z.infer<typeof planCacheSchema>;
