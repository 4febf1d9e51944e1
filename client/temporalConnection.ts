import { Client, Connection } from '@temporalio/client';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { GraftworkError } from '../contracts/errors.js';

export interface TemporalConnection {
  client: Client;
  connection: Connection;
  address: string;
  namespace: string;
}

/** How long a server may take to answer the first call, in milliseconds. */
const patience = 5_000;

/**
 * @param tracing whether calls that change something are spans
 * @throws GraftworkError GW_TEMPORAL_UNREACHABLE naming the address.
 */
export async function connectTemporal(
  { connectionOptions, namespace = 'default' }: ClientConnectConfig,
  tracing = false,
): Promise<TemporalConnection> {
  const address = connectionOptions.address ?? 'localhost:7233';
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: patience });
    const interceptors = tracing
      ? { workflow: [(await import('../telemetry/clientInterceptors.js')).tracedCalls()] }
      : {};
    return { client: new Client({ connection, namespace, interceptors }), connection, address, namespace };
  } catch (error) {
    throw new GraftworkError('GW_TEMPORAL_UNREACHABLE', `No Temporal answers at ${address}.`, {
      remedy: 'Check TEMPORAL_ADDRESS, TLS and API key, or start the embedded one with `graftwork up --detach`.',
      retryable: true,
      cause: error,
    });
  }
}
