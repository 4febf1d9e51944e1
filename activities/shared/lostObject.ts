/** What can be made again is made again when it is damaged or gone; everything else that goes wrong is thrown on. */
import { asGraftworkError } from '../../contracts/errors.js';

const losses = new Set(['GW_CORRUPT', 'GW_OBJECT_MISSING', 'GW_DATASET_NOT_FOUND']);

/**
 * In words, what is the matter with an object that was to be read.
 * @throws `thrown` itself when the object may well be there
 */
export function whyLost(thrown: unknown): string {
  const { code, message } = asGraftworkError(thrown);
  if (losses.has(code)) return message;
  throw thrown;
}
