/** A worker's connection to Temporal, as Temporal's own environment configuration says: address, TLS, certificates, key. */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { GraftworkError } from '../contracts/errors.js';

/**
 * @throws GraftworkError GW_ENVIRONMENT_INVALID for a configuration that does not parse or names files that are not there;
 * GW_TEMPORAL_UNREACHABLE with the reason, which may be deep inside: a certificate, a key
 */
export async function connectTemporal(): Promise<{ connection: NativeConnection; namespace: string }> {
  const { connectionOptions, namespace = 'default' } = configuration();
  try {
    return { connection: await NativeConnection.connect(connectionOptions), namespace };
  } catch (cause) {
    const address = connectionOptions.address ?? 'localhost:7233';
    throw new GraftworkError(
      'GW_TEMPORAL_UNREACHABLE',
      `No Temporal server answers at ${address}: ${reasonOf(cause)}`,
      {
        remedy:
          'Check TEMPORAL_ADDRESS, TEMPORAL_API_KEY and the certificates of TEMPORAL_TLS_…, or start the embedded stack with `graftwork up`.',
        cause,
      },
    );
  }
}

function configuration(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (cause) {
    throw new GraftworkError('GW_ENVIRONMENT_INVALID', `Temporal's configuration: ${reasonOf(cause)}`, {
      remedy: 'Correct the TEMPORAL_… variables or the files they name.',
      cause,
    });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
