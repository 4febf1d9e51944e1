import { nearestNames } from '../../contracts/nearest.js';

/** The two valid names most like a mistyped one, for an error message: `'resnet50' or 'resnet101'`. */
export function nearest(name: string, valid: readonly string[]): string {
  return nearestNames(name, valid, 2)
    .map((candidate) => `'${candidate}'`)
    .join(' or ');
}
