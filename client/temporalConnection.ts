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

/** @throws GraftworkError GW_TEMPORAL_UNREACHABLE naming the address. */
export async function connectTemporal({
  connectionOptions,
  namespace = 'default',
}: ClientConnectConfig): Promise<TemporalConnection> {
  const address = connectionOptions.address ?? 'localhost:7233';
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: patience });
    return { client: new Client({ connection, namespace }), connection, address, namespace };
  } catch (error) {
    throw new GraftworkError('GW_TEMPORAL_UNREACHABLE', `No Temporal answers at ${address}.`, {
      remedy: 'Check TEMPORAL_ADDRESS, TLS and API key, or start the embedded one with `graftwork up --detach`.',
      retryable: true,
      cause: error,
    });
  }
}
