/** What a review of a source has found: labels that are probably wrong, and pictures that teach little. */
import { z } from 'zod';
import { digest } from '../digest.js';
import { datasetReferenceSchema, imageEntrySchema, labelSetsSchema } from './dataset.js';

/** Where a picture lies, which it is, and what it is said to show. */
export const reviewedPictureSchema = z.strictObject(
  imageEntrySchema.pick({ path: true, bucket: true, key: true, sha256: true, label: true }).shape,
);
export type ReviewedPicture = z.infer<typeof reviewedPictureSchema>;

const share = z.number().min(0).max(1);

/** What the labels look like to heads that have not learnt them. */
export const labelIssueSchema = z.strictObject({
  picture: reviewedPictureSchema,
  /** Index of a class that fits better, or of a set of labels; left out where none does. */
  suggested: z.number().int().nonnegative().optional(),
  /** Only of a label that is probably wrong. */
  doubt: z
    .strictObject({
      /** Out-of-fold probability of the label, and of the suggested one; of several labels, of what is doubted most. */
      own: share,
      other: share,
      /** Of the nearest pictures, how many have the label, and how many the suggested one. */
      neighbours: z.strictObject({
        count: z.number().int().nonnegative(),
        own: z.number().int().nonnegative(),
        other: z.number().int().nonnegative(),
      }),
      /** Only of a multi-label task: labels that are probably missing or too many, the surest first. */
      labels: z
        .array(
          z.strictObject({
            label: z.number().int().nonnegative(),
            /** Whether the picture has it, as given. */
            has: z.boolean(),
            /** Out-of-fold probability that it belongs to the picture. */
            probability: share,
          }),
        )
        .min(1)
        .optional(),
    })
    .optional(),
  /** Only of a picture that looks like one of another class. */
  alike: z.array(reviewedPictureSchema).min(1).optional(),
  /** Only of a picture that is unlike its class: squared distance to the mean of the others, and what the class does not exceed. */
  outlier: z.strictObject({ distance: z.number(), limit: z.number() }).optional(),
});
export type LabelIssue = z.infer<typeof labelIssueSchema>;

/** What lies at the key that the activity `reviewLabels` answers. */
export const labelIssuesSchema = z.strictObject({
  format: z.literal(1),
  /** Digest of the dataset version. */
  dataset: digest,
  classes: z.array(z.string()).min(2),
  /** Only of a multi-label task: what the pictures' labels, and the suggested ones, are indices of. */
  labelSets: labelSetsSchema.optional(),
  /** Pictures that were looked at. */
  pictures: z.number().int().nonnegative(),
  /** Pictures of these that a person has looked at before: nothing is said of their labels. */
  reviewed: z.number().int().nonnegative(),
  folds: z.number().int().min(2),
  backbone: z.string(),
  /** Indices of classes whose pictures all belong together: no head could learn them while these were held out. */
  unjudged: z.array(z.number().int().nonnegative()),
  /** All that were found; `issues` may be the first of them. */
  counts: z.strictObject({
    mislabelled: z.number().int().nonnegative(),
    contradictory: z.number().int().nonnegative(),
    outliers: z.number().int().nonnegative(),
  }),
  /** Labels that are probably wrong first, the surest before the others. */
  issues: z.array(labelIssueSchema),
  /** For each class the pictures that show it best. */
  examples: z.array(z.array(reviewedPictureSchema)),
});
export type LabelIssues = z.infer<typeof labelIssuesSchema>;

/** What may be wrong with a picture as such. */
export const pictureFaults = ['dark', 'blurred', 'small'] as const;
export type PictureFault = (typeof pictureFaults)[number];

export const faultyPictureSchema = z.strictObject({
  picture: reviewedPictureSchema,
  fault: z.enum(pictureFaults),
  /** Brightness (0 to 255), sharpness (variance of the Laplacian) or the shorter side in pixels; and the least that is usual. */
  value: z.number(),
  limit: z.number(),
});
export type FaultyPicture = z.infer<typeof faultyPictureSchema>;

/** What lies at the key that the activity `inspectQuality` answers. */
export const faultyPicturesSchema = z.strictObject({
  format: z.literal(1),
  counts: z.strictObject({
    dark: z.number().int().nonnegative(),
    blurred: z.number().int().nonnegative(),
    small: z.number().int().nonnegative(),
  }),
  /** Of each fault the worst first. */
  pictures: z.array(faultyPictureSchema),
});
export type FaultyPictures = z.infer<typeof faultyPicturesSchema>;

/** What the workflow answers. */
export const reviewOutputSchema = z.strictObject({
  dataset: datasetReferenceSchema,
  /** Keys of {@link labelIssuesSchema} and of {@link faultyPicturesSchema}. */
  issues: digest,
  faults: digest,
});
export type ReviewOutput = z.infer<typeof reviewOutputSchema>;

/** How many labels of a run's training pictures are probably wrong. */
export const suspectedLabelsSchema = z.strictObject({
  /** Pictures that were looked at. */
  pictures: z.number().int().nonnegative(),
  suspected: z.number().int().nonnegative(),
  /** Paths of the first, the surest first. */
  examples: z.array(z.string()),
});
export type SuspectedLabels = z.infer<typeof suspectedLabelsSchema>;
