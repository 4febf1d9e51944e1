/** What the installed package cannot do: it is the client, and servers and workers run from a checkout or an image. */
import { GraftworkError } from '../../contracts/errors.js';
import { isCheckout } from '../../infra/stack.js';

/** How an installed package finds servers. */
export const nameServers =
  'Set TEMPORAL_ADDRESS and AWS_ENDPOINT_URL_S3, or set GRAFTWORK_HOME to the .graftwork folder of a checkout whose stack runs.';

/**
 * @param what needs the checkout, as the subject of a sentence
 * @throws GraftworkError GW_USAGE in an installed package
 */
export function requireCheckout(what: string, remedy: string): void {
  if (isCheckout) return;
  throw new GraftworkError('GW_USAGE', `${what} needs a checkout. The installed package contains only the client.`, {
    remedy,
  });
}
