/** What is kept of a registration beside its card: which number it has, and whose a number is. */
import { z } from 'zod';
import { digest } from '../digest.js';

/** At `objectKeys.modelRegistration`. */
export const registrationSchema = z.strictObject({
  format: z.literal(1),
  /** The number it has, or tries to get. */
  version: z.number().int().positive(),
});

/** At `objectKeys.modelNumber`. */
export const numberClaimSchema = z.strictObject({
  format: z.literal(1),
  /** Digest of the run, the parameters and the evaluation that the number was given to. */
  registration: digest,
});
