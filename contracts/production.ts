/** Which version of a model is in production, and which were before it. */
import { z } from 'zod';

export const productionMoveSchema = z.strictObject({
  at: z.string(),
  from: z.number().int().positive().nullable(),
  to: z.number().int().positive(),
  /** `gate`, or a person's name. */
  by: z.string(),
  why: z.string(),
  kind: z.enum(['promotion', 'rollback']),
});
export type ProductionMove = z.infer<typeof productionMoveSchema>;

/** The pointer and its history are one object: no move is ever without its line. */
export const productionSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  version: z.number().int().positive(),
  /** Oldest first; the last one's `to` is `version`. */
  history: z.array(productionMoveSchema).min(1),
});
export type Production = z.infer<typeof productionSchema>;
