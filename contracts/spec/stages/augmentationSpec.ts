/**
 * How training pictures are varied. Everything that came after the first release is off by default. So specs stored by
 * earlier versions still parse, and keep their meaning.
 *
 * One more setting is one more field, with its range, and as its default the value that switches it off. All else here is
 * made of the fields: the recipes' defaults, what a person may write, content keys and documentation. The types then ask
 * `learning/augmentation` how it is drawn and applied.
 */
import { z } from 'zod';
import { fraction } from '../ranges.js';
import { withoutDefaults } from '../withoutDefaults.js';

const degrees = (most: number) => z.number().min(0).max(most);

export const randAugmentSchema = z.strictObject({
  /** Number of operations drawn for each view, one after the other (torchvision's `num_ops`). */
  operations: z.number().int().positive().max(14).default(2),
  /** Strength of all operations, 0 to 30 (torchvision's `magnitude` of 31 bins). */
  magnitude: z.number().int().min(0).max(30).default(9),
});
export type RandAugmentSpec = z.infer<typeof randAugmentSchema>;

/** Settings of the first release. Every stored spec has them. */
const firstFields = {
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

const policyField = {
  /**
   * Source of the augmentation. `given`: the settings beside this one. `auto`: the run tries some usual policies on the
   * validation split, and uses the one that validation favours (`none` if it favours none).
   */
  policy: z.enum(['given', 'auto']).default('given'),
};

/** What drawn views go through besides. */
const laterViewFields = {
  /** Whether half of the drawn views are turned upside down. */
  verticalFlip: z.boolean().default(false),
  /** Rotation about the centre: the largest angle either way, in degrees. */
  rotation: degrees(180).default(0),
  /** Shift along each axis: the largest shift either way, as a share of the side. */
  translate: fraction.default(0),
  /** Range of the zoom about the centre (torchvision's RandomAffine `scale`). `[1, 1]`: no zoom. */
  scale: z.tuple([z.number().positive().max(10), z.number().positive().max(10)]).default([1, 1]),
  /** Shear along x: the largest angle either way, in degrees. */
  shear: degrees(60).default(0),
  /** RandAugment (Cubuk et al. 2020) after the crop. `null`: no RandAugment. */
  randAugment: randAugmentSchema.nullable().default(null),
  /** Share of the drawn views in which a rectangle is erased (Zhong et al. 2020). */
  erasing: fraction.default(0),
};

/** How training batches are mixed. */
const mixingFields = {
  /** α of mixup (Zhang et al. 2018): training batches are mixed with shares from Beta(α, α). `0`: no mixup. */
  mixup: z.number().min(0).max(100).default(0),
  /** α of CutMix (Yun et al. 2019). `0`: no CutMix. When both are on, each step draws one of the two. */
  cutmix: z.number().min(0).max(100).default(0),
};

const laterFields = { ...policyField, ...laterViewFields, ...mixingFields };

export const augmentationSchema = z.strictObject({ ...firstFields, ...laterFields });
export type AugmentationSpec = z.infer<typeof augmentationSchema>;

/** What decides what a drawn view looks like. `learning/augmentation` has to draw and apply each of them. */
export type ViewSettings = Pick<
  AugmentationSpec,
  Exclude<keyof typeof firstFields, 'views'> | keyof typeof laterViewFields
>;
export type MixingSettings = Pick<AugmentationSpec, keyof typeof mixingFields>;

/** Everything that is off when nothing is said about it. */
export const laterAugmentation = z.strictObject(laterFields satisfies Record<string, z.ZodDefault>).parse({});
/** The mixing that changes nothing. */
export const unmixed: MixingSettings = mixingSettings(laterAugmentation);

/** Any part of it: what is left out is the recipe's, so nothing has a default here. */
export const userAugmentationSchema = z.strictObject({ ...firstFields, ...withoutDefaults(laterFields) }).partial();

/** What is the matter between the ends of ranges, by path below `augmentation`. */
export function augmentationProblems(augmentation: AugmentationSpec): string[] {
  return Object.entries(augmentation)
    .filter(([, value]) => Array.isArray(value) && value[0] > value[1])
    .map(([name]) => `augmentation.${name}: the least comes first`);
}

/** The part of the settings that decides what a drawn view looks like; what is off is left out, as if it were not known. */
export function drawnAugmentation(augmentation: AugmentationSpec): Partial<AugmentationSpec> {
  const off: Record<string, unknown> = laterAugmentation;
  const isOn = (name: string, value: unknown): boolean => JSON.stringify(off[name]) !== JSON.stringify(value);
  const isDrawn = (name: string, value: unknown): boolean =>
    name in firstFields || (name in laterViewFields && isOn(name, value));
  return Object.fromEntries(Object.entries(augmentation).filter(([name, value]) => isDrawn(name, value)));
}

/** How training batches are mixed, of all settings. */
export function mixingSettings(augmentation: MixingSettings): MixingSettings {
  return z.object(mixingFields).parse(augmentation);
}

/** The same; undefined when they are not mixed. */
export function mixingOf(augmentation: MixingSettings): MixingSettings | undefined {
  const mixing = mixingSettings(augmentation);
  return JSON.stringify(mixing) === JSON.stringify(unmixed) ? undefined : mixing;
}

/** Number of views of a test picture that are averaged. `1`: the centre crop alone. */
export const testTimeAugmentationSchema = z.strictObject({
  /** Views of each test picture. Their probabilities are averaged. `1`: the centre crop alone. */
  views: z.number().int().positive().max(64),
});
