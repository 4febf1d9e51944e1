/** Answers probes: whether this process lives (its event loop turns), and whether it takes work. */
import { once } from 'node:events';
import { createServer, STATUS_CODES, type Server } from 'node:http';
import { GraftworkError } from '../contracts/errors.js';

export interface Health {
  /** Whether every pool polls for work; false while the worker starts and once it has been asked to stop. */
  ready: () => boolean;
}

/**
 * `GET /live` is 200 as long as it is answered at all; `GET /ready` is 200 or 503.
 *
 * @param address `host:port`
 * @throws GraftworkError GW_ENVIRONMENT_INVALID when it cannot be listened on
 */
export async function serveHealth(address: string, { ready }: Health): Promise<Server> {
  const server = createServer((request, response) => {
    const status = request.url === '/live' ? 200 : request.url !== '/ready' ? 404 : ready() ? 200 : 503;
    response.writeHead(status, { 'content-type': 'text/plain' });
    response.end(`${STATUS_CODES[status]}\n`);
  });
  const split = address.lastIndexOf(':');
  server.listen(Number(address.slice(split + 1)), address.slice(0, split).replace(/^\[|\]$/g, ''));
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new GraftworkError(
      'GW_ENVIRONMENT_INVALID',
      `GRAFTWORK_HEALTH_ADDRESS: cannot listen at ${address} (${cause instanceof Error ? cause.message : String(cause)}).`,
      { remedy: 'Give an address of this machine and a free port. Each worker process needs its own.', cause },
    );
  }
  // A probe is no reason to live on.
  server.unref();
  return server;
}
