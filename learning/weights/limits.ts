/** How large what a spec names as weights may be. */
import { GraftworkError } from '../../contracts/errors.js';

/** Bytes of a .safetensors or .pth file: several times the largest network of the zoo. Larger ones than `mostAtOnce` are read where they lie. */
export const mostWeightBytes = 16 * 2 ** 30;

/** Bytes of what is read whole, as an object of the store is: as many as one buffer holds. */
export const mostAtOnce = 2 * 2 ** 30 - 1;

/** Bytes that a file of this name may have. */
export const mostBytesOf = (name: string): number =>
  /\.(?:safetensors|pth?|bin)$/.test(name) ? mostWeightBytes : mostAtOnce;

/** @param most bytes it may have */
export function tooLarge(what: string, most: number): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_REFUSED', `${what} is larger than ${most} bytes.`, {
    remedy:
      most < mostAtOnce
        ? 'Look at the file there, because it is not what its name says.'
        : 'Name the file of one network, without training state. A file on disk or on the hub may be larger than an object of the store.',
  });
}
