/** What lies beside an uploaded folder. */
import { z } from 'zod';

export const uploadUseSchema = z.object({
  format: z.literal(1),
  files: z.number().int().nonnegative(),
  /**
   * What the person called the folder or manifest that went up last with this content; uploads of 0.1.0 lack it. Runs keep names
   * of their own (`contracts/run/runSource.ts`).
   */
  from: z.string().optional(),
  /** Digests (sha256) of the paths of files that were left out since their content was forgotten; left out: none, or not known. */
  forgotten: z.array(z.string()).optional(),
});
export type UploadUse = z.infer<typeof uploadUseSchema>;
