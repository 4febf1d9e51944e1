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
  /** Exit code of the command line. @default that of the code, in the table below */
  exitCode?: 1 | 2;
  cause?: unknown;
}

/** Every code, with the exit code that the command line ends with. 2: the cause is what the user asked for. */
const exitCodes = {
  GW_USAGE: 2, // a command-line flag or argument is wrong
  GW_SPEC_INVALID: 2, // the run spec does not parse
  GW_ENVIRONMENT_INVALID: 2, // an environment variable does not parse
  GW_SOURCE_NOT_FOUND: 2, // the folder, object or prefix does not exist
  GW_SOURCE_UNREADABLE: 2, // a local file or folder is there and cannot be read
  GW_SOURCE_CHANGED: 1, // a local file changed while it was read and sent
  GW_DATASET_EMPTY: 2, // no usable image at the source
  GW_DATASET_INVALID: 2, // fewer than two classes, an unsafe class name, an empty split, …
  GW_DATASET_TOO_MANY_BAD: 2, // more files quarantined than the stated share
  GW_DATASET_NOT_FOUND: 2, // no such dataset version
  GW_DATASET_RETIRED: 2, // a picture of the version was forgotten: it cannot be trained on again
  GW_PICTURE_NOT_FOUND: 2, // nothing is known of the picture that is to be found or forgotten
  GW_PICTURE_IN_USE: 2, // a run in progress needs the picture that is to be forgotten
  GW_MANIFEST_INVALID: 2, // a CSV/JSONL manifest line does not parse
  GW_LABELS_INVALID: 2, // a file of decisions about labels does not parse, or does not fit its source
  GW_IMAGE_UNREADABLE: 2, // an image given to predict cannot be decoded
  GW_BACKBONE_UNKNOWN: 2, // not in the zoo
  GW_STAGE_UNKNOWN: 2, // an unfreezing plan names a stage the backbone lacks
  GW_WEIGHTS_NOT_FOUND: 2, // the weight source does not exist or cannot be reached
  GW_WEIGHTS_MISMATCH: 2, // a tensor is missing or has another shape
  GW_WEIGHTS_REFUSED: 2, // digest mismatch, or a pickle with forbidden content
  GW_WEIGHTS_UNAVAILABLE: 1, // network trouble while fetching weights
  GW_OBJECT_MISSING: 1, // no such object in the store
  GW_OBJECT_TOO_LARGE: 1, // an object has more bytes than its reader takes
  GW_CORRUPT: 1, // stored bytes do not match their digest
  GW_RUN_NOT_FOUND: 2,
  GW_RUN_FAILED: 1,
  GW_MODEL_NOT_FOUND: 2,
  GW_SCHEDULE_NOT_FOUND: 2,
  GW_WEBHOOK_FAILED: 1, // a receiver of notifications does not answer, or says no
  GW_EXPORT_UNSUPPORTED: 2, // the format cannot express the network
  GW_EXPORT_REFUSED: 2, // the folder to export to is not empty, or not to be written
  GW_CONFLICT: 1, // a conditional write lost against another writer
  GW_S3_UNREACHABLE: 1,
  GW_S3_CREDENTIALS: 2,
  GW_S3_BUCKET_MISSING: 2,
  GW_S3_REGION: 2,
  GW_S3_UNFIT: 2, // the store does not honour conditional requests
  GW_S3_FAILED: 1, // any other answer of the store
  GW_TEMPORAL_UNREACHABLE: 1,
  GW_CODEC_KEY_MISSING: 2, // a payload is encrypted with a key that is not here
  GW_CODEC_REFUSED: 1, // a payload does not decrypt: damaged, changed, or another key of that id
  GW_WORKER_AWAY: 1, // no worker took the question in time
  GW_TENSORFLOW_MISSING: 1, // the native addon is not built
  GW_NOT_FINITE: 1, // the loss became NaN or infinite
  GW_OUT_OF_MEMORY: 1,
  GW_DISK_FULL: 1, // no space left on a local disk
  GW_FILE_DENIED: 2, // a local file or folder may not be read or written
  GW_ENGINE_DIED: 1, // the child process ended without an answer
  GW_PREEMPTED: 1, // stopped from outside after a checkpoint; not a failure of the run
  GW_STACK: 1, // the embedded stack could not start
  GW_SETUP: 1, // a prerequisite is missing
  GW_INTERNAL: 1,
} as const satisfies Record<string, 1 | 2>;

export type ErrorCode = keyof typeof exitCodes;

export const errorCodes = Object.keys(exitCodes) as ErrorCode[];

/** Whether a failure of this code is the user's mistake, so that nothing else has to be looked into. */
export function isUsersMistake(code: string): boolean {
  return Object.hasOwn(exitCodes, code) && exitCodes[code as ErrorCode] === 2;
}

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
    this.exitCode = options.exitCode ?? exitCodes[code];
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
