/** What a person gave a run as its images, where these were uploaded: kept with the run, because a later upload may have another name. */
import { z } from 'zod';

export const runSourceSchema = z.object({
  format: z.literal(1),
  /** Address of the upload, or of a list in it. */
  uri: z.string(),
  /** Folder or list, as the person wrote it. */
  from: z.string(),
  /** What the upload left out, in sentences; left out: nothing. */
  notes: z.array(z.string()).optional(),
  /** Files in the folder of a list that may be meant by pictures which are not there. They were not sent; left out: none. */
  near: z.array(z.string()).optional(),
});
export type RunSource = z.infer<typeof runSourceSchema>;
