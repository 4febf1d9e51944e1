/** What a failed activity reports to the workflow besides its code. */
import type { ErrorCode, SerializedError } from '../errors.js';
import type { Progress } from '../spec/stages/training.js';

/** The error, and how far the attempt had come. */
export type FailureDetails = readonly [SerializedError, Progress?];

/**
 * Failures that may be ours and not the world's, although trying again may help, or that a person had better hear of soon:
 * the workflow tries again a few times, for as long as nothing gets further.
 */
export const mayBeOurs: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'GW_INTERNAL',
  'GW_ENGINE_DIED',
  'GW_OUT_OF_MEMORY',
  'GW_CORRUPT',
  'GW_DISK_FULL',
  'GW_WEIGHTS_UNAVAILABLE',
]);
