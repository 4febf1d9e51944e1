import { Client, Connection } from '@temporalio/client';
import { dataConverter } from '../../codec/dataConverter.js';
import type { EncryptionCodec } from '../../codec/encryptionCodec.js';
import { visibleFields, type VisibleField } from '../../contracts/codecKeys.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { Endpoints } from './endpoints.js';
import { isRefusal, serviceFailure } from './failures.js';
import { tlsTrouble } from './tlsTrouble.js';

export interface TemporalConnection {
  client: Client;
  connection: Connection;
  address: string;
  namespace: string;
  /** For payloads that the SDK hands over as they came. */
  codec: EncryptionCodec;
  /** Fields of a spec that Temporal may read: all of them, unless payloads are encrypted. */
  visible: ReadonlySet<VisibleField>;
}

/** How long a server may take to answer the first call, in milliseconds. */
const patience = 5_000;

/**
 * @param tracing whether calls that change something are spans
 * @throws GraftworkError GW_TEMPORAL_UNREACHABLE naming the address and what is wrong with TLS; GW_ENVIRONMENT_INVALID for
 * the codec's keys; GW_CODEC_KEY_MISSING where only one of the embedded workers and this process encrypts
 */
export async function connectTemporal(
  { temporal, variables, settings, encrypted }: Endpoints,
  tracing = false,
): Promise<TemporalConnection> {
  const { connectionOptions, namespace = 'default' } = temporal;
  const { codec, ...converter } = dataConverter(variables);
  if (encrypted !== undefined && encrypted !== codec.isOn) throw unlikeWorkers(encrypted);
  const visible = new Set(codec.isOn ? settings.GRAFTWORK_CODEC_VISIBLE : visibleFields);
  const address = connectionOptions.address ?? 'localhost:7233';
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: patience });
    const interceptors = tracing
      ? { workflow: [(await import('../../telemetry/clientInterceptors.js')).tracedCalls()] }
      : {};
    const client = new Client({ connection, namespace, dataConverter: converter, interceptors });
    return { client, connection, address, namespace, codec, visible };
  } catch (error) {
    if (isRefusal(error)) throw serviceFailure(error, address);
    const trouble = await tlsTrouble(address, connectionOptions.tls);
    const reason = trouble === undefined ? '' : `: ${trouble.reason}`;
    throw new GraftworkError('GW_TEMPORAL_UNREACHABLE', `No Temporal answers at ${address}${reason}.`, {
      remedy:
        trouble?.remedy ??
        'Check TEMPORAL_ADDRESS, TLS and API key, or start the embedded one with `graftwork up --detach`.',
      retryable: true,
      cause: error,
    });
  }
}

/** One side would send in the clear, or what the other cannot read. */
function unlikeWorkers(encrypted: boolean): GraftworkError {
  return encrypted
    ? new GraftworkError('GW_CODEC_KEY_MISSING', 'The embedded stack encrypts payloads, but this command has no key.', {
        remedy:
          'Set GRAFTWORK_CODEC_KEYS or GRAFTWORK_CODEC_KEYS_FILE to the same value as where the stack was started.',
      })
    : new GraftworkError('GW_CODEC_KEY_MISSING', 'The embedded stack was started without the key that is set here.', {
        remedy: 'Restart it with the key (`graftwork down`, `graftwork up --detach`), or unset GRAFTWORK_CODEC_KEYS….',
      });
}
