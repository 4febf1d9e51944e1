/**
 * The one S3 client of a process. Credentials, region and endpoint come from the AWS SDK's own sources (environment,
 * profile files, instance roles); only what the SDK leaves open is decided here.
 */
import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { redactedUrl } from '../../contracts/redactedUrl.js';
import { serverSideEncryption, type EncryptionRequest } from './serverSideEncryption.js';

const limits = {
  /** Open connections of the process; further requests wait in line instead of exhausting file descriptors. */
  sockets: 32,
  /** To establish a connection, in milliseconds. */
  connectTimeout: 5_000,
  /** Without a byte in either direction, in milliseconds; long transfers are fine as long as they move. */
  idleTimeout: 60_000,
  /** With the SDK's jittered exponential back-off (0.1 s doubling): rides out a store's restart of a few seconds. */
  attempts: 6,
} as const;

type Variables = Record<string, string | undefined>;

/** Plain data: another thread opens the same connection with it. */
export interface ConnectionSettings {
  /** Undefined: the process's own. */
  variables: Variables | undefined;
  attempts: number | undefined;
  idleTimeout: number;
}

export interface S3Connection {
  client: S3Client;
  settings: ConnectionSettings;
  /** Where requests go, for messages. */
  endpoint: string;
  /** What every write asks for. */
  encryption: EncryptionRequest;
}

/**
 * A new client. Everything but tests shares `s3Connection()`.
 * @param idleTimeout milliseconds without a byte after which a connection counts as lost
 * @throws GraftworkError GW_ENVIRONMENT_INVALID
 */
export function openS3Connection(
  variables: Variables = process.env,
  attempts?: number,
  idleTimeout: number = limits.idleTimeout,
): S3Connection {
  // The SDK's notice about Node versions it will drop one day is for us, not for the person at the command line.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // Here and below, an empty variable counts as one that is not set.
  const endpoint = variables.AWS_ENDPOINT_URL_S3 || variables.AWS_ENDPOINT_URL || undefined;
  // The JavaScript SDK, unlike all others, ignores AWS_DEFAULT_REGION; S3-compatible servers accept any region.
  const region =
    variables.AWS_REGION || variables.AWS_DEFAULT_REGION || (endpoint === undefined ? undefined : 'us-east-1');
  const maxAttempts = attempts ?? (variables.AWS_MAX_ATTEMPTS ? undefined : limits.attempts);
  const agent = { keepAlive: true, maxSockets: limits.sockets };
  const config: S3ClientConfig = {
    retryMode: 'standard',
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(region === undefined ? {} : { region }),
    ...givenCredentials(variables),
    ...(endpoint === undefined
      ? { followRegionRedirects: true }
      : {
          endpoint,
          // Host names per bucket need wildcard DNS, which a server of one's own rarely has.
          forcePathStyle: true,
          // Trailing checksums are an AWS extension that older S3 servers refuse; ours are in the keys anyway.
          ...(variables.AWS_REQUEST_CHECKSUM_CALCULATION === undefined
            ? { requestChecksumCalculation: 'WHEN_REQUIRED' as const }
            : {}),
        }),
    requestHandler: {
      connectionTimeout: limits.connectTimeout,
      socketTimeout: idleTimeout,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
  return {
    client: new S3Client(config),
    settings: { variables: variables === process.env ? undefined : variables, attempts, idleTimeout },
    encryption: serverSideEncryption(variables),
    endpoint: endpoint === undefined ? `AWS S3 (${region ?? 'region of the profile'})` : redactedUrl(endpoint),
  };
}

/** Keys from variables that are not the process's own; those the SDK finds itself, in its own order of precedence. */
function givenCredentials(variables: Variables): Pick<S3ClientConfig, 'credentials'> {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: token,
  } = variables;
  if (variables === process.env || !accessKeyId || !secretAccessKey) return {};
  return { credentials: { accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) } };
}

let shared: S3Connection | undefined;

/** The process's client, opened on first use. */
export function s3Connection(): S3Connection {
  shared ??= openS3Connection();
  return shared;
}

/** Closes idle sockets so that a command line can end; the next use opens a new client. */
export function closeS3Connection(): void {
  shared?.client.destroy();
  shared = undefined;
}
