/** A dataset version: what was found at a source at one moment, immutable, named by the digest of its content. */
import { z } from 'zod';
import { appliedDecisionsSchema } from './labelDecisions.js';

export const splits = ['train', 'validation', 'test'] as const;
export const splitSchema = z.enum(splits);
export type Split = z.infer<typeof splitSchema>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One usable image: a line of images.jsonl. */
export const imageEntrySchema = z.strictObject({
  /** Path below the source's root, e.g. `train/ants/0013035.jpg`. */
  path: z.string(),
  /** Bucket and key of the object itself. */
  bucket: z.string(),
  key: z.string(),
  etag: z.string(),
  sha256,
  bytes: z.number().int().nonnegative(),
  /** Size as shown (after EXIF orientation), in pixels. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** 64-bit perceptual hash (DCT), as 16 hex digits. */
  perceptualHash: z.string().regex(/^[0-9a-f]{16}$/),
  /** Index into the manifest's classes; of a multi-label set into its `labelSets`. */
  label: z.number().int().nonnegative(),
  split: splitSchema,
  /** What it belongs to, as the source or `dataset.groupBy` says; left out when neither says anything. */
  group: z.string().min(1).optional(),
  /** A person has looked at its label, and kept or changed it; left out: nobody has. */
  reviewed: z.literal(true).optional(),
});
export type ImageEntry = z.infer<typeof imageEntrySchema>;

export const quarantineReasons = [
  'empty',
  'not-an-image',
  'format-not-accepted',
  'svg',
  'truncated',
  'corrupt',
  'too-small',
  'too-many-pixels',
  'too-many-bytes',
  'unreadable',
  'no-class',
  'forgotten',
  'dropped',
] as const;

export const quarantinedSchema = z.strictObject({
  path: z.string(),
  bytes: z.number().int().nonnegative(),
  reason: z.enum(quarantineReasons),
  /** What exactly was found, in a few words. */
  detail: z.string(),
});
export type Quarantined = z.infer<typeof quarantinedSchema>;

export const duplicateGroupSchema = z.strictObject({
  /** `group`: different pictures that the source says belong together; listed only where they are in more than one split. */
  kind: z.enum(['exact', 'near', 'group']),
  paths: z.array(z.string()).min(2),
  /** The same picture in more than one split: a leak where the test is one of them. */
  acrossSplits: z.boolean(),
  /** The splits it is in, in the order train, validation, test; not in the lists of older versions. */
  splits: z.array(splitSchema).min(1).optional(),
  /** The same picture under more than one class: a labelling mistake. */
  acrossClasses: z.boolean(),
});
export type DuplicateGroup = z.infer<typeof duplicateGroupSchema>;

export const duplicateCountsSchema = z.strictObject({
  exact: z.number().int(),
  near: z.number().int(),
  /** Groups of the source that are in more than one split; left out where there are none. */
  group: z.number().int().optional(),
  acrossSplits: z.number().int(),
  /** Of those across splits, the ones with test pictures: these are leaks. Not in older versions. */
  intoTest: z.number().int().optional(),
  acrossClasses: z.number().int(),
});

export const labelSetsSchema = z.array(z.array(z.number().int().nonnegative()));

const splitCountsSchema = z.strictObject({
  train: z.number().int(),
  validation: z.number().int(),
  test: z.number().int(),
});

/** A picture that was in a version until it was forgotten: enough to say what became of it, nothing to find it by. */
export const redactionSchema = z.strictObject({
  sha256,
  split: splitSchema,
  /** As in its entry. */
  label: z.number().int().nonnegative(),
  /** Where it stood among the images of its split, counted from 0, in the version as it was made. */
  position: z.number().int().nonnegative(),
  /** Size of its file: copies are looked for by it. */
  bytes: z.number().int().nonnegative(),
});
export type Redaction = z.infer<typeof redactionSchema>;

/** A split that was drawn: the share that was asked for, and what came of it. */
const drawnShareSchema = z.strictObject({
  /** 0 to 1. */
  share: z.number(),
  /** Images that were drawn, of how many. Their quotient is the real share. */
  count: z.number().int(),
  of: z.number().int(),
});
export type DrawnShare = z.infer<typeof drawnShareSchema>;

export const datasetManifestSchema = z.strictObject({
  format: z.literal(1),
  version: sha256,
  uri: z.string(),
  createdAt: z.string(),
  classes: z.array(z.string()).min(2),
  /** Only of a multi-label set: each distinct set of labels that a picture has, as rising indices of `classes`. */
  labelSets: labelSetsSchema.optional(),
  counts: splitCountsSchema,
  /** Images of each class in each split, in the order of `classes`. Of a multi-label set an image counts for each of its labels. */
  classCounts: z.strictObject({
    train: z.array(z.number().int()),
    validation: z.array(z.number().int()),
    test: z.array(z.number().int()),
  }),
  /** How each split came about: a folder of the source, or drawn from another one. */
  splitOrigin: z.strictObject({ train: z.string(), validation: z.string(), test: z.string() }),
  /** The draws, each only where there was one. Left out in versions of 0.1.0, which drew otherwise. */
  drawn: z
    .strictObject({
      seed: z.number().int(),
      test: drawnShareSchema.optional(),
      validation: drawnShareSchema.optional(),
      /** Groups of pictures that look alike and were drawn together; left out where there are none, and in earlier versions. */
      alike: z.number().int().positive().optional(),
    })
    .optional(),
  /** What the source or `dataset.groupBy` says about pictures that belong together; left out when neither says anything. */
  groups: z
    .strictObject({
      /** The pattern of paths; left out where a column of the list says it. */
      by: z.string().optional(),
      count: z.number().int().positive(),
      /** Pictures in them, and in the largest one. */
      pictures: z.number().int().positive(),
      largest: z.number().int().positive(),
    })
    .optional(),
  /** What a person has decided about labels; left out where there is no such file. */
  decisions: appliedDecisionsSchema.optional(),
  quarantined: z.number().int(),
  quarantineReasons: z.record(z.string(), z.number().int()),
  duplicates: duplicateCountsSchema,
  /** Digests of the bytes of images.jsonl, quarantine.jsonl and duplicates.jsonl. */
  imagesSha256: sha256,
  quarantineSha256: sha256,
  duplicatesSha256: sha256,
  /**
   * Pictures that were forgotten, in the order in which they stood; left out where there are none. Such a version is retired:
   * its lists have lost them, nothing is trained on it again, and every other field still says what the version was.
   */
  redactions: z.array(redactionSchema).min(1).optional(),
});
export type DatasetManifest = z.infer<typeof datasetManifestSchema>;

/** How many pictures something is true of, and the paths of the first few. */
export const pictureExamplesSchema = z.strictObject({
  count: z.number().int().positive(),
  examples: z.array(z.string()),
});
export type PictureExamples = z.infer<typeof pictureExamplesSchema>;

/** Pictures that a network may not see as a person does. Each is left out where there are none, or nobody looked for them. */
export const oddPicturesSchema = z.strictObject({
  /** Pictures of more than 8 bits whose values are of another range than their format's. */
  unusualRange: pictureExamplesSchema.optional(),
  /** Pictures of several frames or pages: only the first is used. */
  animated: pictureExamplesSchema.optional(),
  /** Pictures that are transparent somewhere: white is put behind them. */
  transparent: pictureExamplesSchema.optional(),
});
export type OddPictures = z.infer<typeof oddPicturesSchema>;

/** What travels between activities instead of the images. */
export const datasetReferenceSchema = z.strictObject({
  version: sha256,
  classes: z.array(z.string()),
  counts: splitCountsSchema,
  quarantined: z.number().int(),
  duplicates: duplicateCountsSchema,
  /** Left out: each picture has one label. */
  task: z.literal('multi-label').optional(),
  /** True when an earlier ingest of the very same listing was reused. */
  reused: z.boolean(),
  /** What a person should know of the source and its splits, in sentences; left out where there is nothing. */
  remarks: z.array(z.string()).optional(),
  /** What a person has decided about labels; left out where there is no such file. */
  decisions: appliedDecisionsSchema.optional(),
  ...oddPicturesSchema.shape,
});
export type DatasetReference = z.infer<typeof datasetReferenceSchema>;
