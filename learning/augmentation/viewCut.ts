/** Which part of its stored square a view shows, and how it lies. */
import type { ViewSettings } from '../../contracts/spec/stages/augmentationSpec.js';
import { randomBits, uniformBetween } from '../random.js';
import { drawAffine, type AffineMatrix, type AffineSettings } from './affine.js';

export interface ViewCut {
  /** Cut out and resized to the network's input, as shares of the stored square; null: the plain centre crop. */
  readonly box: { top: number; left: number; bottom: number; right: number } | null;
  readonly flip: boolean;
  /** Upside down. */
  readonly flipVertically: boolean;
  /** Rotation, shift, zoom and shear of what was cut and flipped; null: none. */
  readonly affine: AffineMatrix | null;
}

/** What the cut uses of the settings; the others are effects. */
export type CutSettings = AffineSettings &
  Pick<ViewSettings, 'horizontalFlip' | 'verticalFlip' | 'cropScale' | 'cropRatio'>;

/** The plain centre crop. */
export const centreCut: ViewCut = { box: null, flip: false, flipVertically: false, affine: null };

/** The cut of one view. @param key of the view */
export function drawCut(settings: CutSettings, key: number): ViewCut {
  const { horizontalFlip, verticalFlip, cropScale, cropRatio } = settings;
  return {
    box: cropScale === null ? null : randomBox(cropScale, cropRatio, key),
    flip: horizontalFlip && randomBits(key, 'flip') >= 2 ** 31,
    flipVertically: verticalFlip && randomBits(key, 'vertical flip') >= 2 ** 31,
    affine: drawAffine(settings, key),
  };
}

/** Random resized crop as torchvision's: area uniform, aspect ratio log-uniform, ten tries, then the whole square. */
function randomBox(
  [leastArea, mostArea]: readonly [number, number],
  [leastRatio, mostRatio]: readonly [number, number],
  key: number,
): NonNullable<ViewCut['box']> {
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
