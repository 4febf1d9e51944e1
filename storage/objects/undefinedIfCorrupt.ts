import { GraftworkError } from '../../contracts/errors.js';

/** For what is no loss when it cannot be read: `promise.catch(undefinedIfCorrupt)`. */
export function undefinedIfCorrupt(thrown: unknown): undefined {
  if (thrown instanceof GraftworkError && thrown.code === 'GW_CORRUPT') return undefined;
  throw thrown;
}
