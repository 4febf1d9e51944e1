/** The library, for commands that connect. It is loaded when one is called: help and usage errors have no use for it. */
import type { Graftwork } from '../../client/graftwork.js';

/** @throws GraftworkError GW_TEMPORAL_UNREACHABLE, GW_ENVIRONMENT_INVALID */
export async function connect(): Promise<Graftwork> {
  const { Graftwork } = await import('../../client/graftwork.js');
  return Graftwork.connect();
}
