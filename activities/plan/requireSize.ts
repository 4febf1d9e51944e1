import { GraftworkError } from '../../contracts/errors.js';
import type { Backbone } from '../../learning/backbones/architecture.js';

/** Edge below which the networks' last maps hold nothing of a picture; Keras' applications ask for as much. Pixels. */
const leastSize = 32;

type Sized = Pick<Backbone, 'name' | 'sizeStep' | 'input'>;

/**
 * Why a network does not take pictures of this size: they are too small, or it cuts them into patches, and the last ones would not
 * be whole.
 * @param crop edge of the square that the network sees, pixels
 * @returns undefined where it takes them
 */
export function sizeTrouble(
  { name, sizeStep = 1, input }: Sized,
  crop: number,
): { reason: string; remedy: string } | undefined {
  if (crop < leastSize) {
    return {
      reason: `${crop} ${crop === 1 ? 'pixel is' : 'pixels are'} too few for ${name}`,
      remedy: `Set preprocess.crop to at least ${Math.ceil(leastSize / sizeStep) * sizeStep}, or leave it out.`,
    };
  }
  // A few were trained on pictures whose last pixels they do not see.
  if (crop % sizeStep === 0 || crop === input.size) return undefined;
  const below = Math.floor(crop / sizeStep) * sizeStep;
  const choices = [below, below + sizeStep].filter((size) => size >= leastSize).join(' or ');
  return {
    reason: `${name} takes multiples of ${sizeStep} pixels, not ${crop}`,
    remedy: `Set preprocess.crop to ${choices}, or leave it out.`,
  };
}

/** @param crop as above @throws GraftworkError GW_SPEC_INVALID */
export function requireSize(backbone: Sized, crop: number): void {
  const trouble = sizeTrouble(backbone, crop);
  if (trouble === undefined) return;
  throw new GraftworkError('GW_SPEC_INVALID', `preprocess.crop: ${trouble.reason}.`, { remedy: trouble.remedy });
}
