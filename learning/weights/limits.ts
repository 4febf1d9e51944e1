/** How large what a spec names as weights may be. */
import { GraftworkError } from '../../contracts/errors.js';

/** Bytes of a file of weights: several times the largest network of the zoo, and no more than one buffer holds. */
export const mostWeightBytes = 2 * 2 ** 30 - 1;

/** @param most bytes it may have */
export function tooLarge(what: string, most = mostWeightBytes): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_REFUSED', `${what} is larger than ${most} bytes.`, {
    remedy:
      most === mostWeightBytes
        ? 'Name the file of one network: a .safetensors or .pth file without training state.'
        : 'Look at the file there, because it is not what its name says.',
  });
}
