/**
 * How training pictures are varied. Everything that came after the first release is off by default. So specs stored by
 * earlier versions still parse, and keep their meaning.
 */
import { z } from 'zod';

const fraction = z.number().min(0).max(1);
const degrees = (most: number) => z.number().min(0).max(most);

export const randAugmentSchema = z.strictObject({
  /** Number of operations drawn for each view, one after the other (torchvision's `num_ops`). */
  operations: z.number().int().positive().max(14).default(2),
  /** Strength of all operations, 0 to 30 (torchvision's `magnitude` of 31 bins). */
  magnitude: z.number().int().min(0).max(30).default(9),
});
export type RandAugmentSpec = z.infer<typeof randAugmentSchema>;

/** What views and training steps are made of, without saying what is left out. */
const fields = {
  /**
   * Views of each training image. View 0 is the plain centre crop. The others are random, and the same at every epoch.
   */
  views: z.number().int().positive().max(64),
  /** Whether half of the drawn views are mirrored left to right. */
  horizontalFlip: z.boolean(),
  /**
   * Range of the random resized crop's area, as shares of the picture (torchvision's `scale`). `null`: the centre crop
   * only.
   */
  cropScale: z.tuple([fraction.gt(0), fraction.gt(0)]).nullable(),
  /** Range of the random resized crop's aspect ratio (torchvision's `ratio`). */
  cropRatio: z.tuple([z.number().positive(), z.number().positive()]),
  /** Strength of brightness, contrast and saturation jitter, as in torchvision's ColorJitter. `0`: no jitter. */
  colorJitter: fraction,
};

const laterFields = {
  /**
   * Source of the augmentation. `given`: the settings beside this one. `auto`: the run tries some usual policies on the
   * validation split, and uses the one that validation favours (`none` if it favours none).
   */
  policy: z.enum(['given', 'auto']),
  /** Whether half of the drawn views are turned upside down. */
  verticalFlip: z.boolean(),
  /** Rotation about the centre: the largest angle either way, in degrees. */
  rotation: degrees(180),
  /** Shift along each axis: the largest shift either way, as a share of the side. */
  translate: fraction,
  /** Range of the zoom about the centre (torchvision's RandomAffine `scale`). `[1, 1]`: no zoom. */
  scale: z.tuple([z.number().positive().max(10), z.number().positive().max(10)]),
  /** Shear along x: the largest angle either way, in degrees. */
  shear: degrees(60),
  /** RandAugment (Cubuk et al. 2020) after the crop. `null`: no RandAugment. */
  randAugment: randAugmentSchema.nullable(),
  /** Share of the drawn views in which a rectangle is erased (Zhong et al. 2020). */
  erasing: fraction,
  /** α of mixup (Zhang et al. 2018): training batches are mixed with shares from Beta(α, α). `0`: no mixup. */
  mixup: z.number().min(0).max(100),
  /** α of CutMix (Yun et al. 2019). `0`: no CutMix. When both are on, each step draws one of the two. */
  cutmix: z.number().min(0).max(100),
};

/** Everything that is off when nothing is said about it. */
export const laterAugmentation = {
  policy: 'given',
  verticalFlip: false,
  rotation: 0,
  translate: 0,
  scale: [1, 1],
  shear: 0,
  randAugment: null,
  erasing: 0,
  mixup: 0,
  cutmix: 0,
} satisfies z.infer<z.ZodObject<typeof laterFields>>;

export const augmentationSchema = z.strictObject({
  ...fields,
  policy: laterFields.policy.default(laterAugmentation.policy),
  verticalFlip: laterFields.verticalFlip.default(laterAugmentation.verticalFlip),
  rotation: laterFields.rotation.default(laterAugmentation.rotation),
  translate: laterFields.translate.default(laterAugmentation.translate),
  scale: laterFields.scale.default([1, 1]),
  shear: laterFields.shear.default(laterAugmentation.shear),
  randAugment: laterFields.randAugment.default(laterAugmentation.randAugment),
  erasing: laterFields.erasing.default(laterAugmentation.erasing),
  mixup: laterFields.mixup.default(laterAugmentation.mixup),
  cutmix: laterFields.cutmix.default(laterAugmentation.cutmix),
});
export type AugmentationSpec = z.infer<typeof augmentationSchema>;

/** Any part of it: what is left out is the recipe's, so nothing has a default here. */
export const userAugmentationSchema = z.strictObject({ ...fields, ...laterFields }).partial();

/** What is the matter between fields, by path below `augmentation`. */
export function augmentationProblems({ cropScale, cropRatio, scale }: AugmentationSpec): string[] {
  const problems: string[] = [];
  if (cropScale && cropScale[0] > cropScale[1]) problems.push('augmentation.cropScale: the least comes first');
  if (cropRatio[0] > cropRatio[1]) problems.push('augmentation.cropRatio: the least comes first');
  if (scale[0] > scale[1]) problems.push('augmentation.scale: the least comes first');
  return problems;
}

/** The part of the settings that decides what a drawn view looks like; what is off is left out, as if it were not known. */
export function drawnAugmentation(augmentation: AugmentationSpec): Partial<AugmentationSpec> {
  const { policy: _policy, mixup: _mixup, cutmix: _cutmix, ...drawn } = augmentation;
  const off: Record<string, unknown> = laterAugmentation;
  const isOff = (name: string, value: unknown): boolean => JSON.stringify(off[name]) === JSON.stringify(value);
  return Object.fromEntries(Object.entries(drawn).filter(([name, value]) => !(name in off) || !isOff(name, value)));
}

/** How training batches are mixed; undefined when they are not. */
export function mixingOf({ mixup, cutmix }: AugmentationSpec): Pick<AugmentationSpec, 'mixup' | 'cutmix'> | undefined {
  return mixup === 0 && cutmix === 0 ? undefined : { mixup, cutmix };
}

/** Number of views of a test picture that are averaged. `1`: the centre crop alone. */
export const testTimeAugmentationSchema = z.strictObject({
  /** Views of each test picture. Their probabilities are averaged. `1`: the centre crop alone. */
  views: z.number().int().positive().max(64),
});
