import { nearestNames } from '../../contracts/nearest.js';

/** For an error message: `Did you mean 'resnet50' or 'resnet101'? `; empty where no valid name is near a mistyped one. */
export function didYouMean(name: string, valid: readonly string[]): string {
  const near = nearestNames(name, valid, 2);
  return near.length === 0 ? '' : `Did you mean ${near.map((candidate) => `'${candidate}'`).join(' or ')}? `;
}
