/** The failure of a list of images that cannot be read. */
import { GraftworkError } from '../../../contracts/errors.js';

const usualRemedy = 'A manifest has the columns path, label and, if you like, split.';

/**
 * @param where the list, and the line where one is known
 * @param fault what is wrong, without a full stop
 */
export function invalidList(where: string, fault: string, remedy = usualRemedy): GraftworkError {
  return new GraftworkError('GW_MANIFEST_INVALID', `${where}: ${fault}.`, { remedy });
}
