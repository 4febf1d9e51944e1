/** What the SDK throws, as an error a person can act on. */
import { GraftworkError } from '../../contracts/errors.js';

export interface S3Attempt {
  /** Verb and object for messages, e.g. `read s3://photos/ants/1.jpg`. */
  action: string;
  bucket: string;
  endpoint: string;
}

/** The fields that matter of the SDK's many error classes and of Node's network errors. */
interface Answer {
  name: string;
  code: string;
  message: string;
  status: number | undefined;
  attempts: number;
  region: string | undefined;
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPROTO',
  'ERR_INVALID_URL',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const credentialNames = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'InvalidClientTokenId',
  'TokenRefreshRequired',
  'RequestTimeTooSkewed',
]);

const regionNames = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

const busyNames = new Set(['SlowDown', 'ServiceUnavailable', 'Throttling', 'ThrottlingException', 'RequestTimeout']);

/** Whether the answer is that the object (not the bucket) does not exist. */
export function isMissingObject(thrown: unknown): boolean {
  const { name, status } = readAnswer(thrown);
  return name === 'NoSuchKey' || (status === 404 && name !== 'NoSuchBucket');
}

/** Whether a conditional write met an object that is not as the condition says. */
export function isFailedCondition(thrown: unknown): boolean {
  const { name, status } = readAnswer(thrown);
  return status === 412 || name === 'PreconditionFailed';
}

/** AWS answers 409 with one of these when two requests cross; either may be sent again. */
const crossedNames = new Set(['ConditionalRequestConflict', 'OperationAborted']);

/** Whether two conditional writes crossed and this one should simply be tried again. */
export function isCrossedCondition(thrown: unknown): boolean {
  return crossedNames.has(readAnswer(thrown).name);
}

/** Whether the credentials are accepted and lack a right. */
export function isDenied(thrown: unknown): boolean {
  const { name, status } = readAnswer(thrown);
  return status === 403 && !credentialNames.has(name);
}

/** Status and name of the store's answer; the status is undefined where there was none. */
export function answerOf(thrown: unknown): { status: number | undefined; name: string } {
  const { status, name } = readAnswer(thrown);
  return { status, name };
}

/** How often the SDK sent the request before it gave up. */
export function attemptsOf(thrown: unknown): number {
  return readAnswer(thrown).attempts;
}

/** Whether the connection was lost, as opposed to an answer given. */
export function isLostConnection(thrown: unknown): boolean {
  const { name, code, message } = readAnswer(thrown);
  return networkCodes.has(code) || name === 'TimeoutError' || message === 'aborted' || code.startsWith('ERR_SSL');
}

/** The SDK's error as a GraftworkError with a GW_S3_… code; a GraftworkError passes unchanged, and so does an abort. */
export function asS3Error(thrown: unknown, attempt: S3Attempt): Error {
  if (thrown instanceof GraftworkError) return thrown;
  const answer = readAnswer(thrown);
  if (answer.name === 'AbortError' && thrown instanceof Error) return thrown;
  const failure = describe(answer, thrown, attempt);
  return new GraftworkError(failure.code, failure.message, {
    remedy: failure.remedy,
    retryable: failure.retryable ?? false,
    cause: thrown,
  });
}

interface Failure {
  code: 'GW_S3_UNREACHABLE' | 'GW_S3_CREDENTIALS' | 'GW_S3_BUCKET_MISSING' | 'GW_S3_REGION' | 'GW_S3_FAILED';
  message: string;
  remedy: string;
  retryable?: boolean;
}

function describe(answer: Answer, thrown: unknown, { action, bucket, endpoint }: S3Attempt): Failure {
  if (isLostConnection(thrown)) {
    return {
      code: 'GW_S3_UNREACHABLE',
      message: `Could not ${action}: the object store at ${endpoint} does not answer (${answer.code || answer.message}).`,
      remedy: 'Check AWS_ENDPOINT_URL_S3 and the network, or start the embedded stack with `graftwork up`.',
      retryable: true,
    };
  }
  if (answer.name === 'NoSuchBucket') return missingBucket(bucket, endpoint);
  if (regionNames.has(answer.name) || answer.status === 301 || /^Region is missing/.test(answer.message)) {
    const known = answer.region;
    return {
      code: 'GW_S3_REGION',
      message:
        known === undefined
          ? `Could not ${action}: the configured region is not the region of bucket “${bucket}” at ${endpoint}.`
          : `Could not ${action}: bucket “${bucket}” is in region ${known}, which is not the configured one.`,
      remedy: known === undefined ? 'Set AWS_REGION to the region of the bucket.' : `Set AWS_REGION=${known}.`,
    };
  }
  if (credentialNames.has(answer.name) || /^Could not load credentials/.test(answer.message)) {
    return {
      code: 'GW_S3_CREDENTIALS',
      message: `Could not ${action}: ${endpoint} does not accept the credentials (${nameAndMessage(answer)}).`,
      remedy: 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and the clock of this machine.',
    };
  }
  if (answer.status === 403 || answer.status === 401) {
    return {
      code: 'GW_S3_CREDENTIALS',
      message: `Could not ${action}: ${endpoint} denies access to bucket “${bucket}” (${nameAndMessage(answer)}).`,
      remedy: 'Give these credentials the right to list, read and write in the bucket, or use other credentials.',
    };
  }
  const busy = busyNames.has(answer.name) || answer.status === 429 || (answer.status ?? 0) >= 500;
  return {
    code: 'GW_S3_FAILED',
    message: `Could not ${action}: ${endpoint} answered ${answer.status ?? 'something that is not S3'} (${nameAndMessage(answer)}).`,
    remedy: busy
      ? 'The object store is overloaded or restarting. Try again later.'
      : 'Check that AWS_ENDPOINT_URL_S3 points to an S3 server. --verbose shows the cause.',
    retryable: busy,
  };
}

export function missingBucket(bucket: string, endpoint: string): Failure {
  return {
    code: 'GW_S3_BUCKET_MISSING',
    message: `There is no bucket “${bucket}” at ${endpoint}.`,
    remedy: 'Check the name (GRAFTWORK_BUCKET for Graftwork’s own), or create the bucket.',
  };
}

function nameAndMessage({ name, message }: Answer): string {
  return message === '' || message === name || message === 'UnknownError' ? name : `${name}: ${message}`;
}

function readAnswer(thrown: unknown): Answer {
  const error = asRecord(thrown);
  const metadata = asRecord(error.$metadata);
  const headers = asRecord(asRecord(error.$response).headers);
  const own = text(error.code) || text(asRecord(error.cause).code);
  return {
    // Answers without a body (HEAD) are named by their status only.
    name: text(error.name) || text(error.Code) || 'Error',
    code: own,
    message: text(error.message),
    status: typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined,
    attempts: typeof metadata.attempts === 'number' ? metadata.attempts : 1,
    region: text(headers['x-amz-bucket-region']) || text(error.Region) || undefined,
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
