/** What went wrong, as a person reads it: the code and message that a worker gave, wherever in the chain of causes they stand. */
import { ApplicationFailure, TemporalFailure } from '@temporalio/workflow';
import type { SerializedError } from '../contracts/errors.js';

export function failureOf(error: unknown): { code: string; message: string } {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (!(at instanceof ApplicationFailure)) continue;
    const [told] = (at.details ?? []) as Partial<SerializedError>[];
    if (told?.code !== undefined && told.message !== undefined) return { code: told.code, message: told.message };
  }
  const message = error instanceof TemporalFailure ? (error.cause?.message ?? error.message) : String(error);
  return { code: 'GW_RUN_FAILED', message };
}
