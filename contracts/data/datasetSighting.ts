/** Where and when a dataset version was met: the version itself never changes, whatever is found where. */
import { z } from 'zod';

export const datasetSightingSchema = z.strictObject({
  format: z.literal(1),
  /** Address of the source. */
  uri: z.string(),
  /** What the person called the folder or list that was uploaded there; left out for other addresses, and by earlier versions. */
  from: z.string().optional(),
  /** What stands before the paths of its pictures; null where the paths are addresses themselves. */
  root: z.strictObject({ bucket: z.string(), prefix: z.string() }).nullable(),
  /** Times of the first and of the latest ingest that met the version there. */
  firstAt: z.string(),
  lastAt: z.string(),
});
export type DatasetSighting = z.infer<typeof datasetSightingSchema>;

/** What stands before a path in bucket and key. */
export type SourceRoot = NonNullable<DatasetSighting['root']>;
