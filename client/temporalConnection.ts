import { Client, Connection, ServiceError, isGrpcServiceError } from '@temporalio/client';
import { dataConverter } from '../codec/dataConverter.js';
import type { EncryptionCodec } from '../codec/encryptionCodec.js';
import { visibleFields, type VisibleField } from '../contracts/codecKeys.js';
import { GraftworkError } from '../contracts/errors.js';
import type { Endpoints } from './endpoints.js';
import { serviceFailure } from './failures.js';
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

/** @throws GraftworkError GW_TEMPORAL_UNREACHABLE naming the address; GW_ENVIRONMENT_INVALID for the codec's keys. */
export async function connectTemporal({ temporal, variables, settings }: Endpoints): Promise<TemporalConnection> {
  const { connectionOptions, namespace = 'default' } = temporal;
  const { codec, ...converter } = dataConverter(variables);
  const visible = new Set(codec.isOn ? settings.GRAFTWORK_CODEC_VISIBLE : visibleFields);
  const address = connectionOptions.address ?? 'localhost:7233';
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: patience });
    const client = new Client({ connection, namespace, dataConverter: converter });
    return { client, connection, address, namespace, codec, visible };
  } catch (error) {
    // It answers, and says no.
    if (error instanceof ServiceError && isGrpcServiceError(error.cause)) throw serviceFailure(error, address);
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
