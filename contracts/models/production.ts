/** Which version of a model is in production, and which were before it. */
import { z } from 'zod';
import { digest } from '../digest.js';

export const productionMoveSchema = z.strictObject({
  at: z.string(),
  from: z.number().int().positive().nullable(),
  to: z.number().int().positive(),
  /** Digest of the parameters of the model that was put there. Not in older moves. */
  parameters: digest.optional(),
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
  /** Digest of the parameters of the model that was put there: another card at its number is not that model. Not in older pointers. */
  parameters: digest.optional(),
  /** Oldest first; the last one's `to` is `version`. */
  history: z.array(productionMoveSchema).min(1),
});
export type Production = z.infer<typeof productionSchema>;
