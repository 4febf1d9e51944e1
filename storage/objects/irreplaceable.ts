import { GraftworkError } from '../../contracts/errors.js';

/** For `catch`, of an object that nothing makes again: when it is damaged, the remedy says what else than a backup there is. */
export function irreplaceable(otherwise: string): (thrown: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_CORRUPT') throw thrown;
    throw new GraftworkError('GW_CORRUPT', thrown.message, {
      remedy: `Put it back from a backup of the bucket (or upgrade, if a later Graftwork wrote it). ${otherwise}`,
      cause: thrown,
    });
  };
}
