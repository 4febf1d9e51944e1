/** How large what a spec names as weights may be. */
import { GraftworkError } from '../../contracts/errors.js';

/** Bytes of a .safetensors file: several times the largest network of the zoo. Larger ones than `mostAtOnce` are read where they lie. */
export const mostWeightBytes = 16 * 2 ** 30;

/** Bytes of what is read whole, a .pth file or an object of the store: as many as one buffer holds. */
export const mostAtOnce = 2 * 2 ** 30 - 1;

/** Bytes that a file of this name may have. */
export const mostBytesOf = (name: string): number => (name.endsWith('.safetensors') ? mostWeightBytes : mostAtOnce);

/** @param most bytes it may have */
export function tooLarge(what: string, most: number): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_REFUSED', `${what} is larger than ${most} bytes.`, {
    remedy:
      most < mostAtOnce
        ? 'Look at the file there, because it is not what its name says.'
        : 'Name the file of one network, without training state. A .safetensors file on disk or on the hub may be the largest.',
  });
}
