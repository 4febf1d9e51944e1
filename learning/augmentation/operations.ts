/** RandAugment's operations as torchvision applies them to a Pillow image. */
import type { AffineMatrix } from './affine.js';
import {
  autoContrast,
  brightness,
  contrast,
  equalize,
  posterize,
  saturation,
  sharpness,
  solarize,
} from './colourOperations.js';
import type { Operation } from './randAugment.js';
import { warpNearest } from './warp.js';

/** One after the other. @param pixels as `applyOperation` takes them */
export function applyOperations(pixels: Uint8Array, operations: readonly Operation[], side: number): Uint8Array {
  return operations.reduce((before, operation) => applyOperation(before, side, operation), pixels);
}

/**
 * @param pixels bytes of a square, row-major RGB; they are left as they are
 * @returns the square after the operation
 */
export function applyOperation(pixels: Uint8Array, side: number, { name, magnitude }: Operation): Uint8Array {
  switch (name) {
    case 'Identity':
      return pixels;
    case 'ShearX':
      return warpNearest(pixels, side, [1, magnitude, 0, 0, 1, 0]);
    case 'ShearY':
      return warpNearest(pixels, side, [1, 0, 0, magnitude, 1, 0]);
    case 'TranslateX':
      return warpNearest(pixels, side, [1, 0, -Math.trunc(magnitude * side), 0, 1, 0]);
    case 'TranslateY':
      return warpNearest(pixels, side, [1, 0, 0, 0, 1, -Math.trunc(magnitude * side)]);
    case 'Rotate':
      return warpNearest(pixels, side, rotation(magnitude, side));
    case 'Brightness':
      return brightness(pixels, 1 + magnitude);
    case 'Color':
      return saturation(pixels, 1 + magnitude);
    case 'Contrast':
      return contrast(pixels, 1 + magnitude);
    case 'Sharpness':
      return sharpness(pixels, 1 + magnitude, side);
    case 'Posterize':
      return posterize(pixels, magnitude);
    case 'Solarize':
      return solarize(pixels, magnitude);
    case 'AutoContrast':
      return autoContrast(pixels);
    case 'Equalize':
      return equalize(pixels);
  }
}

/** Counter-clockwise about the middle, as `Image.rotate`. */
function rotation(degrees: number, side: number): AffineMatrix {
  const angle = (-degrees * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const middle = side / 2;
  return [cos, sin, cos * -middle + sin * -middle + middle, -sin, cos, -sin * -middle + cos * -middle + middle];
}
