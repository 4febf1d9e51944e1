import type { AugmentationSpec } from '../../contracts/spec/runSpec.js';
import { randomBits, uniformBetween, type KeyPart } from '../random.js';
import { drawAffine, type AffineMatrix } from './affine.js';
import { drawErased, type ErasedShare } from './erasing.js';
import { drawOperations, type Operation } from './randAugment.js';

/** How one view of one image is made from its stored square. */
export interface ViewParameters {
  /** Cut out and resized to the network's input, as shares of the stored square; null: the plain centre crop. */
  box: { top: number; left: number; bottom: number; right: number } | null;
  flip: boolean;
  /** Upside down. */
  flipVertically: boolean;
  /** Rotation, shift, zoom and shear of what was cut and flipped; null: none. */
  affine: AffineMatrix | null;
  /** RandAugment's operations, in order, on the bytes of what was cut. */
  operations: readonly Operation[];
  /** Factors of torchvision's ColorJitter, applied in this order; 1: unchanged. */
  brightness: number;
  contrast: number;
  saturation: number;
  /** Rectangle that is painted over at the end; null: none. */
  erased: ErasedShare | null;
}

export const centreView: ViewParameters = {
  box: null,
  flip: false,
  flipVertically: false,
  affine: null,
  operations: [],
  brightness: 1,
  contrast: 1,
  saturation: 1,
  erased: null,
};

/**
 * The view `view` of an image, as a pure function of its arguments: the same in every process, order and epoch.
 * View 0 is always the plain centre crop, which is also what the network sees of validation and test images. Each setting
 * draws under a name of its own, so that switching one on changes nothing of what the others draw.
 * @param seed of the run
 * @param image what names the image for good: its sha256, or its index in the dataset version
 */
export function viewParameters(
  augmentation: AugmentationSpec,
  seed: number,
  image: KeyPart,
  view: number,
): ViewParameters {
  if (view === 0) return centreView;
  const key = randomBits(seed, 'view', image, view);
  const { horizontalFlip, verticalFlip, cropScale, cropRatio, colorJitter, randAugment, erasing } = augmentation;
  const factor = (name: string) =>
    colorJitter === 0 ? 1 : uniformBetween(1 - colorJitter, 1 + colorJitter, key, name);
  return {
    box: cropScale === null ? null : randomBox(cropScale, cropRatio, key),
    flip: horizontalFlip && randomBits(key, 'flip') >= 2 ** 31,
    flipVertically: verticalFlip && randomBits(key, 'vertical flip') >= 2 ** 31,
    affine: drawAffine(augmentation, key),
    operations: randAugment === null ? [] : drawOperations(randAugment, key),
    brightness: factor('brightness'),
    contrast: factor('contrast'),
    saturation: factor('saturation'),
    erased: drawErased(erasing, key),
  };
}

/** Random resized crop as torchvision's: area uniform, aspect ratio log-uniform, ten tries, then the whole square. */
function randomBox(
  [leastArea, mostArea]: readonly [number, number],
  [leastRatio, mostRatio]: readonly [number, number],
  key: number,
): NonNullable<ViewParameters['box']> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = uniformBetween(leastArea, mostArea, key, 'area', attempt);
    const ratio = Math.exp(uniformBetween(Math.log(leastRatio), Math.log(mostRatio), key, 'ratio', attempt));
    const width = Math.sqrt(area * ratio);
    const height = Math.sqrt(area / ratio);
    if (width <= 1 && height <= 1) {
      const top = uniformBetween(0, 1 - height, key, 'top', attempt);
      const left = uniformBetween(0, 1 - width, key, 'left', attempt);
      return { top, left, bottom: top + height, right: left + width };
    }
  }
  return { top: 0, left: 0, bottom: 1, right: 1 };
}
