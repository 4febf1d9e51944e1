import { GraftworkError } from '../../contracts/errors.js';

/** Whether a conditional write lost: somebody else has written the object. */
export function isConflict(thrown: unknown): boolean {
  return thrown instanceof GraftworkError && thrown.code === 'GW_CONFLICT';
}
