/** Which addresses of the network a worker may be sent to by what a person writes in a spec. */
import dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { GraftworkError } from '../../../contracts/errors.js';

/** Whether an IP address is one of the open internet: not of this machine, its networks, a cloud's metadata, … */
export function isPublicAddress(address: string): boolean {
  // `process` sees through IPv4 addresses that are written as IPv6 ones.
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** @throws GraftworkError GW_WEIGHTS_REFUSED when the host is written as an address that is not public */
export function requirePublicHost(hostname: string): void {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0 && !isPublicAddress(bare)) throw privateAddress(hostname, bare);
}

/**
 * Resolves a name for the very connection that is being made, so that no second answer can lead elsewhere. One private
 * address among several is enough to refuse the name.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '');
    const refused = addresses.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses;
    if (refused !== undefined || first === undefined) {
      return callback(privateAddress(hostname, refused?.address ?? 'none'), '');
    }
    return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};

function privateAddress(host: string, address: string): GraftworkError {
  const which = host === address ? host : `${host} (${address})`;
  return new GraftworkError(
    'GW_WEIGHTS_REFUSED',
    `Weights are not fetched from ${which}: it is not a public address.`,
    {
      remedy: 'Copy them into the bucket (s3://…), or set GRAFTWORK_ALLOW_PRIVATE_ADDRESSES=1 for the workers.',
    },
  );
}
