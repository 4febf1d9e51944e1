/** A run that has ended cannot be steered any more. Pure. */
import { GraftworkError } from '../../contracts/errors.js';
import type { RunResult } from '../../contracts/run/result.js';
import { statusText } from '../../contracts/run/statusText.js';

/** @param what is meant: `Run x`, `Retraining x` */
export function endedAlready(
  what: string,
  { status, remedy, cause }: { status: RunResult['status']; remedy: string; cause?: unknown },
): GraftworkError {
  return new GraftworkError('GW_USAGE', `${what} has ended: it is ${statusText(status)}.`, { remedy, cause });
}
