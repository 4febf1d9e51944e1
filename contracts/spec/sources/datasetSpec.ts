/** Where the pictures lie, how they are split, and which of them are put aside. */
import { z } from 'zod';
import { fraction, positiveInteger } from '../ranges.js';
import { taskSchema } from '../task.js';

export const splitSharesSchema = z.strictObject({
  /** Share of each class's training images drawn for validation, where the source has no validation split. */
  validation: fraction.lt(0.9),
  /** Share of each class's images drawn for the test, where the source has only one split. There is always a test. */
  test: fraction.gt(0).lt(0.9),
  /**
   * Seed of the splits, whatever the run's `seed` is. Another seed draws other pictures. A picture keeps its split when
   * the source grows. Default: `0`.
   */
  seed: z.number().int().min(0).max(0xffffffff).optional(),
});

/** What stands for the group in a pattern of paths. */
export const groupMark = '{group}';

function isGroupPattern(text: string): boolean {
  return text.split(groupMark).length === 2 && !/[{}\\]/.test(text.replace(groupMark, ''));
}

export const datasetSpecSchema = z.strictObject({
  /**
   * Address of the pictures: `s3://bucket/prefix` or `s3://bucket/manifest.csv|.tsv|.txt|.jsonl`. The client uploads a
   * local folder first.
   */
  uri: z
    .string()
    .regex(
      /^s3:\/\/[^/]+(\/.*)?$/,
      'use s3://bucket/prefix (a local folder is uploaded by `graftwork train <folder>`)',
    ),
  /**
   * Layout of the source. `imagefolder`: one folder per class; `manifest`: a list of paths and labels; `auto`: the
   * address decides.
   */
  layout: z.enum(['auto', 'imagefolder', 'manifest']).default('auto'),
  /**
   * What the labels mean. `single-label`: one for each picture. `multi-label`: any number for each picture: the column `labels` of a
   * list, or the same picture in several folders. Default: `multi-label` for a list with a column `labels`, else `single-label`.
   */
  task: taskSchema.optional(),
  splits: splitSharesSchema,
  /**
   * Pattern of the paths of pictures that belong together, with `{group}` where their common part is: `patient-{group}_*`,
   * `{group}/*`. No group crosses a split that is drawn. `*` is any text in a name, `?` one letter, `**` any folders. The pattern
   * matches the end of a path. Default: the column `group` of a list of images.
   */
  groupBy: z
    .string()
    .max(200)
    .refine(isGroupPattern, 'write a pattern of paths with one {group} in it, for example patient-{group}_*')
    .optional(),
  /**
   * File with decisions about labels, as `graftwork review` writes it: `s3://bucket/review.csv`. The client uploads a local
   * file first. Pictures are relabelled or left out as it says, and stay as they are. Default: `review.csv`
   * in the folder, or beside the list, if there is one.
   */
  labels: z
    .string()
    .regex(
      /^s3:\/\/[^/]+\/.+$/,
      'use s3://bucket/review.csv (a local file is uploaded by `graftwork train --labels <file>`)',
    )
    .optional(),
  quarantine: z
    .strictObject({
      /** Largest share of unusable files. With more of them the run fails. */
      maxShare: fraction.default(0.2),
      /** Least length of the shorter side, in pixels. Smaller images are put aside. */
      leastSide: positiveInteger.default(8),
      /** Largest width × height, in pixels. Larger images are put aside before decoding. */
      maxPixels: positiveInteger.default(100_000_000),
      /** Largest size of a file, in bytes. Larger objects are not even downloaded. */
      maxBytes: positiveInteger.default(100 * 1024 * 1024),
    })
    .prefault({}),
});
export type DatasetSpec = z.infer<typeof datasetSpecSchema>;
