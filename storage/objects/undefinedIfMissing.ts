import { GraftworkError } from '../../contracts/errors.js';

/** For `catch`: an object that is not there is no failure to its reader. */
export function undefinedIfMissing(thrown: unknown): undefined {
  if (thrown instanceof GraftworkError && thrown.code === 'GW_OBJECT_MISSING') return undefined;
  throw thrown;
}
