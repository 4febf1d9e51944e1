/** RandAugment (Cubuk et al. 2020): which operations a view goes through. torchvision's list, ranges and signs. */
import type { RandAugmentSpec } from '../../contracts/spec/stages/augmentationSpec.js';
import { randomBits } from '../random.js';

export const operationNames = [
  'Identity',
  'ShearX',
  'ShearY',
  'TranslateX',
  'TranslateY',
  'Rotate',
  'Brightness',
  'Color',
  'Contrast',
  'Sharpness',
  'Posterize',
  'Solarize',
  'AutoContrast',
  'Equalize',
] as const;
export type OperationName = (typeof operationNames)[number];

export interface Operation {
  name: OperationName;
  /**
   * By name. Shear: tangent. Translate: share of the side. Rotate: degrees. Brightness, Color, Contrast, Sharpness: added
   * to a factor of 1. Posterize: bits kept. Solarize: threshold. 0 for the others.
   */
  magnitude: number;
}

const mostMagnitude = 30;

/** Magnitude of an operation at a strength from 0 to 1, and whether its sign is drawn. */
const magnitudes: Record<OperationName, { at: (strength: number) => number; signed: boolean }> = {
  Identity: { at: () => 0, signed: false },
  ShearX: { at: (strength) => 0.3 * strength, signed: true },
  ShearY: { at: (strength) => 0.3 * strength, signed: true },
  // 150 pixels of AutoAugment's 331.
  TranslateX: { at: (strength) => (150 / 331) * strength, signed: true },
  TranslateY: { at: (strength) => (150 / 331) * strength, signed: true },
  Rotate: { at: (strength) => 30 * strength, signed: true },
  Brightness: { at: (strength) => 0.9 * strength, signed: true },
  Color: { at: (strength) => 0.9 * strength, signed: true },
  Contrast: { at: (strength) => 0.9 * strength, signed: true },
  Sharpness: { at: (strength) => 0.9 * strength, signed: true },
  // Halves are rounded to even, as torch does: 8, 7, 6, 5, 4 bits.
  Posterize: { at: (strength) => 8 - halfToEven(4 * strength), signed: false },
  Solarize: { at: (strength) => 255 * (1 - strength), signed: false },
  AutoContrast: { at: () => 0, signed: false },
  Equalize: { at: () => 0, signed: false },
};

/** The operation at a magnitude of 0 to 30; a negative one is its mirror where it has a sign. */
export function operationAt(name: OperationName, magnitude: number): Operation {
  const size = magnitudes[name].at(Math.abs(magnitude) / mostMagnitude);
  return { name, magnitude: magnitudes[name].signed && magnitude < 0 ? -size : size };
}

/** The operations of one view: each uniform among all, with replacement. */
export function drawOperations(settings: RandAugmentSpec | null, key: number): Operation[] | null {
  if (settings === null) return null;
  const { operations, magnitude } = settings;
  return Array.from({ length: operations }, (_, index) => {
    const drawn = Math.floor((randomBits(key, 'operation', index) / 2 ** 32) * operationNames.length);
    const negative = randomBits(key, 'sign', index) >= 2 ** 31;
    return operationAt(operationNames[drawn] as OperationName, negative ? -magnitude : magnitude);
  });
}

function halfToEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? 2 * Math.round(value / 2) : Math.round(value);
}
