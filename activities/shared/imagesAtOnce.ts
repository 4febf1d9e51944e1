/** How many images go through the network in one pass. */
import { GraftworkError } from '../../contracts/errors.js';

/** Images in one forward pass: large enough that per-operation overhead does not count. */
export const usualBatch = 32;

/**
 * The usual number, halved for each time that the device's memory did not hold so many.
 *
 * @throws GraftworkError GW_OUT_OF_MEMORY, final, when one image at a time has been tried already
 */
export function imagesAtOnce(usual: number, halvings: number): number {
  if (halvings > 0 && usual / 2 ** (halvings - 1) <= 1) {
    throw new GraftworkError('GW_OUT_OF_MEMORY', 'The device has not enough memory for one image at a time.', {
      remedy: 'Use a machine or a device with more memory, a smaller backbone, or unfreeze fewer stages.',
    });
  }
  return Math.max(1, Math.ceil(usual / 2 ** halvings));
}
