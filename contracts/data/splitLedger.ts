/** What is remembered of a draw: which pictures of a source it took, so that each keeps its split while the source grows. */
import { z } from 'zod';

/** Hex digits that a picture is remembered by. */
export const pictureIdDigits = 16;

/** Ids one behind the other. A pattern that counts to sixteen would overflow the stack for a million of them. */
const ids = z.string().refine((text) => text.length % pictureIdDigits === 0 && !/[^0-9a-f]/.test(text));

export const splitLedgerSchema = z.strictObject({
  format: z.literal(1),
  /** The source. */
  uri: z.string(),
  /** Pictures that were there when it was last drawn from. */
  present: z.int().nonnegative(),
  /** Every picture that was ever there, under the class it had last. */
  classes: z.array(z.strictObject({ name: z.string(), in: ids, out: ids })),
  /** Every group that the source ever had, by a digest of its name; left out where it has none. */
  groups: z.strictObject({ in: ids, out: ids }).optional(),
});
export type SplitLedger = z.infer<typeof splitLedgerSchema>;
