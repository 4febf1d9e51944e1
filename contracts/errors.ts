/**
 * Every failure a person can meet, as one class with a stable code.
 *
 * The code says what went wrong, `message` names the thing, `remedy` says what to do, `retryable` says
 * whether trying again can help, `exitCode` is what the command line ends with (2: the user's mistake,
 * 1: everything else).
 */
export interface GraftworkErrorOptions {
  /** What the person can do, as a sentence. */
  remedy?: string;
  /** Whether the same call may succeed later without any change. @default false */
  retryable?: boolean;
  /** Exit code of the command line. @default 2 for user mistakes, 1 otherwise (by code table below) */
  exitCode?: 1 | 2;
  cause?: unknown;
}

/** Codes whose cause is what the user asked for, so the command line exits with 2. */
const userMistakes = new Set<ErrorCode>([
  'GW_SPEC_INVALID',
  'GW_USAGE',
  'GW_SOURCE_NOT_FOUND',
  'GW_SOURCE_UNREADABLE',
  'GW_DATASET_EMPTY',
  'GW_DATASET_INVALID',
  'GW_DATASET_TOO_MANY_BAD',
  'GW_MANIFEST_INVALID',
  'GW_BACKBONE_UNKNOWN',
  'GW_STAGE_UNKNOWN',
  'GW_WEIGHTS_NOT_FOUND',
  'GW_WEIGHTS_MISMATCH',
  'GW_WEIGHTS_REFUSED',
  'GW_RUN_NOT_FOUND',
  'GW_MODEL_NOT_FOUND',
  'GW_SCHEDULE_NOT_FOUND',
  'GW_EXPORT_UNSUPPORTED',
  'GW_EXPORT_REFUSED',
  'GW_DATASET_NOT_FOUND',
  'GW_DATASET_RETIRED',
  'GW_PICTURE_NOT_FOUND',
  'GW_PICTURE_IN_USE',
  'GW_IMAGE_UNREADABLE',
  'GW_S3_BUCKET_MISSING',
  'GW_S3_CREDENTIALS',
  'GW_S3_REGION',
  'GW_S3_UNFIT',
  'GW_ENVIRONMENT_INVALID',
  'GW_CODEC_KEY_MISSING',
  'GW_FILE_DENIED',
]);

export const errorCodes = [
  'GW_USAGE', // a command-line flag or argument is wrong
  'GW_SPEC_INVALID', // the run spec does not parse
  'GW_ENVIRONMENT_INVALID', // an environment variable does not parse
  'GW_SOURCE_NOT_FOUND', // the folder, object or prefix does not exist
  'GW_SOURCE_UNREADABLE', // a local file or folder is there and cannot be read
  'GW_SOURCE_CHANGED', // a local file changed while it was read and sent
  'GW_DATASET_EMPTY', // no usable image at the source
  'GW_DATASET_INVALID', // fewer than two classes, an unsafe class name, an empty split, …
  'GW_DATASET_TOO_MANY_BAD', // more files quarantined than the stated share
  'GW_DATASET_NOT_FOUND', // no such dataset version
  'GW_DATASET_RETIRED', // a picture of the version was forgotten: it cannot be trained on again
  'GW_PICTURE_NOT_FOUND', // nothing is known of the picture that is to be found or forgotten
  'GW_PICTURE_IN_USE', // a run in progress needs the picture that is to be forgotten
  'GW_MANIFEST_INVALID', // a CSV/JSONL manifest line does not parse
  'GW_IMAGE_UNREADABLE', // an image given to predict cannot be decoded
  'GW_BACKBONE_UNKNOWN', // not in the zoo
  'GW_STAGE_UNKNOWN', // an unfreezing plan names a stage the backbone lacks
  'GW_WEIGHTS_NOT_FOUND', // the weight source does not exist or cannot be reached
  'GW_WEIGHTS_MISMATCH', // a tensor is missing or has another shape
  'GW_WEIGHTS_REFUSED', // digest mismatch, or a pickle with forbidden content
  'GW_WEIGHTS_UNAVAILABLE', // network trouble while fetching weights
  'GW_OBJECT_MISSING', // no such object in the store
  'GW_OBJECT_TOO_LARGE', // an object has more bytes than its reader takes
  'GW_CORRUPT', // stored bytes do not match their digest
  'GW_RUN_NOT_FOUND',
  'GW_RUN_FAILED',
  'GW_MODEL_NOT_FOUND',
  'GW_SCHEDULE_NOT_FOUND',
  'GW_WEBHOOK_FAILED', // a receiver of notifications does not answer, or says no
  'GW_EXPORT_UNSUPPORTED', // the format cannot express the network
  'GW_EXPORT_REFUSED', // the folder to export to is not empty, or not to be written
  'GW_CONFLICT', // a conditional write lost against another writer
  'GW_S3_UNREACHABLE',
  'GW_S3_CREDENTIALS',
  'GW_S3_BUCKET_MISSING',
  'GW_S3_REGION',
  'GW_S3_UNFIT', // the store does not honour conditional requests
  'GW_S3_FAILED', // any other answer of the store
  'GW_TEMPORAL_UNREACHABLE',
  'GW_CODEC_KEY_MISSING', // a payload is encrypted with a key that is not here
  'GW_CODEC_REFUSED', // a payload does not decrypt: damaged, changed, or another key of that id
  'GW_WORKER_AWAY', // no worker took the question in time
  'GW_TENSORFLOW_MISSING', // the native addon is not built
  'GW_NOT_FINITE', // the loss became NaN or infinite
  'GW_OUT_OF_MEMORY',
  'GW_DISK_FULL', // no space left on a local disk
  'GW_FILE_DENIED', // a local file or folder may not be read or written
  'GW_ENGINE_DIED', // the child process ended without an answer
  'GW_PREEMPTED', // stopped from outside after a checkpoint; not a failure of the run
  'GW_STACK', // the embedded stack could not start
  'GW_SETUP', // a prerequisite is missing
  'GW_INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** A failure that a person meets: a stable code, a message that names the object, and a remedy. */
export class GraftworkError extends Error {
  override readonly name = 'GraftworkError';
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly retryable: boolean;
  readonly exitCode: 1 | 2;

  constructor(code: ErrorCode, message: string, options: GraftworkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.retryable = options.retryable ?? false;
    this.exitCode = options.exitCode ?? (userMistakes.has(code) ? 2 : 1);
  }

  /** Plain data, to be sent between processes. */
  toJSON(): SerializedError {
    return {
      code: this.code,
      message: this.message,
      ...(this.remedy === undefined ? {} : { remedy: this.remedy }),
      retryable: this.retryable,
      exitCode: this.exitCode,
    };
  }

  static fromJSON(data: SerializedError, cause?: unknown): GraftworkError {
    return new GraftworkError(data.code, data.message, {
      ...(data.remedy === undefined ? {} : { remedy: data.remedy }),
      retryable: data.retryable,
      exitCode: data.exitCode,
      cause,
    });
  }
}

export interface SerializedError {
  code: ErrorCode;
  message: string;
  remedy?: string;
  retryable: boolean;
  exitCode: 1 | 2;
}

/** Of Node's file errors those that say there is no room: on the disk, in the user's quota, in the largest file allowed. */
const diskFull = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Of Node's file errors those that say that this user, or anybody, may not do this. */
const denied = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Any thrown value as a GraftworkError: a full disk becomes GW_DISK_FULL, a right that is missing GW_FILE_DENIED, what is not
 * known GW_INTERNAL. The first and the last are retryable.
 */
export function asGraftworkError(thrown: unknown): GraftworkError {
  if (thrown instanceof GraftworkError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof Error && 'code' in thrown && diskFull.has(String(thrown.code))) {
    return new GraftworkError('GW_DISK_FULL', `There is no room left on the disk (${message}).`, {
      remedy: 'Make room, or set GRAFTWORK_HOME to a folder on another disk.',
      retryable: true,
      cause: thrown,
    });
  }
  if (thrown instanceof Error && 'path' in thrown && 'code' in thrown && denied.has(String(thrown.code))) {
    return new GraftworkError('GW_FILE_DENIED', `${String(thrown.path)} cannot be used: ${message}`, {
      remedy:
        'Give yourself the right to it. For Graftwork’s own files, set GRAFTWORK_HOME to a folder that you may write.',
      cause: thrown,
    });
  }
  return new GraftworkError('GW_INTERNAL', message, { retryable: true, cause: thrown });
}

/** Whether the object store does not answer, or asks to be spared: nothing is wrong with the request, and waiting helps. */
export function isStoreAway(thrown: unknown): boolean {
  if (!(thrown instanceof GraftworkError)) return false;
  return thrown.retryable && (thrown.code === 'GW_S3_UNREACHABLE' || thrown.code === 'GW_S3_FAILED');
}
