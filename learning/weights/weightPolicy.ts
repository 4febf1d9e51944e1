/** What a spec may send a worker to fetch, as the operator has set it. */
import { parseEnvironment } from '../../contracts/environment.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { Reach } from './download/outwardRequest.js';

/** Hosts that publish the networks there are here. */
const defaultHosts = ['download.pytorch.org', 'huggingface.co', 'github.com'];

/** The variables of a worker. */
export type WeightEnvironment = Readonly<Record<string, string | undefined>>;

/** @throws GraftworkError GW_ENVIRONMENT_INVALID */
export function reachOf(environment: WeightEnvironment): Reach {
  return { allowPrivate: parseEnvironment(environment).GRAFTWORK_ALLOW_PRIVATE_ADDRESSES };
}

/**
 * @param digest whether the file's digest is known beforehand: from the spec, or by PyTorch's convention from its name
 * @throws GraftworkError GW_WEIGHTS_REFUSED for a host that is not listed, or a file that nothing distinguishes from another
 */
export function requireAllowedAddress(url: string, digest: boolean, environment: WeightEnvironment): void {
  const { hostname } = new URL(url);
  const listed = parseEnvironment(environment).GRAFTWORK_WEIGHT_HOSTS;
  const hosts = listed.length === 0 ? defaultHosts : listed;
  if (!hosts.some((pattern) => matches(hostname, pattern))) {
    throw new GraftworkError(
      'GW_WEIGHTS_REFUSED',
      `Weights are not fetched from ${hostname}: this host is not allowed.`,
      {
        remedy: `The workers' GRAFTWORK_WEIGHT_HOSTS lists the allowed hosts, now: ${hosts.join(', ')}.`,
      },
    );
  }
  if (digest) return;
  throw new GraftworkError('GW_WEIGHTS_REFUSED', `No digest is given to check the weights at ${hostname} against.`, {
    remedy: 'Give the digest: `--set backbone.sha256=<sha256 of the file>`.',
  });
}

/** A host itself, `*.example.org` for those below it, `*` for all; names are the same in capitals. */
function matches(hostname: string, pattern: string): boolean {
  const host = pattern.toLowerCase();
  if (host === '*') return true;
  return host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host;
}
