/** A registered model on labelled pictures of another source: what is tested, and what came of it. */
import { z } from 'zod';
import { labelSetsSchema } from '../data/dataset.js';
import { digest } from '../digest.js';
import { modelReferenceSchema } from '../spec/sources/modelReference.js';
import { evaluationSchema, testOutcomeSchema } from '../data/evaluation.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();

/** Why a picture is no test of a model: the same file, a picture that looks the same, or one of the same patient, camera or burst. */
export const leakKinds = ['identical', 'alike', 'group'] as const;

export const leakSchema = z.strictObject({ path: z.string(), kind: z.enum(leakKinds) });
export type PictureLeak = z.infer<typeof leakSchema>;

const labelledPictureSchema = z.strictObject({
  path: z.string(),
  bucket: z.string(),
  key: z.string(),
  sha256,
  /** Index into the model's classes; of a multi-label model into `labelSets`. */
  label: count,
});
export type LabelledPicture = z.infer<typeof labelledPictureSchema>;

/** What was found of the source beside the pictures to test. */
const findingsSchema = z.strictObject({
  uri: z.string(),
  leaks: z.strictObject({
    /** Pictures that the model, or one it was made from, was trained on, by kind. */
    counts: z.strictObject({ identical: count, alike: count, group: count }),
    /** The first of them. */
    examples: z.array(leakSchema),
    leftOut: z.boolean(),
    /** False where the training pictures of one of these models are no longer known. */
    isWhole: z.boolean(),
  }),
  /** Files that cannot be used, and the first of them. */
  unusable: z.strictObject({
    count,
    examples: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  }),
  /** What a person should know of the source, in sentences. */
  notes: z.array(z.string()),
});

export const picturesToTestSchema = z.strictObject({
  format: z.literal(1),
  ...findingsSchema.shape,
  pictures: z.array(labelledPictureSchema).min(1),
  /** Only of a multi-label model: sets of its classes. */
  labelSets: labelSetsSchema.optional(),
});
export type PicturesToTest = z.infer<typeof picturesToTestSchema>;

export const pictureTestSchema = z.strictObject({
  format: z.literal(1),
  model: modelReferenceSchema,
  ...findingsSchema.shape,
  /** Complete, with all tables. */
  evaluation: evaluationSchema,
  /** Pictures that were gone or had changed when they were to be classified. */
  gone: count,
  /** The surest mistakes, with where they lie. */
  mistakes: z.array(z.strictObject({ ...testOutcomeSchema.shape, bucket: z.string(), key: z.string(), sha256 })),
});
export type PictureTest = z.infer<typeof pictureTestSchema>;

/** Key of the object with the pictures, and how many there are. */
export const labelledOutputSchema = z.strictObject({ key: digest, pictures: count });
