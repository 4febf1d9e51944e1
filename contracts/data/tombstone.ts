/** What stays of a forgotten picture: that these bytes are not to be taken in again. Nothing in it leads to the picture itself. */
import { z } from 'zod';

export const tombstoneSchema = z.strictObject({
  format: z.literal(1),
  /** Digest of the picture's bytes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** When it was first asked for. */
  at: z.string(),
  /** Person who asked for it. Default: the account that gave the command. */
  by: z.string(),
  reason: z.string().nullable(),
  /** When the last trace was gone; null while traces may be left, because the command is at work or was stopped. */
  completedAt: z.string().nullable(),
});
export type Tombstone = z.infer<typeof tombstoneSchema>;
