/** A failure as the person who met it reads it: headline, what happened, what to do. No stack unless asked for. */
import type { GraftworkError } from './errors.js';

/** `GW_S3_BUCKET_MISSING` → `s3 bucket missing` */
function headline({ code }: GraftworkError): string {
  return code.replace(/^GW_/, '').toLowerCase().replaceAll('_', ' ');
}

/** @param verbose with the stack, and those of its causes */
export function errorText(error: GraftworkError, verbose = false): string {
  const lines = [`${headline(error)}: ${error.message} (${error.code})`];
  if (error.remedy !== undefined) lines.push(...error.remedy.split('\n').map((line) => `  ${line}`));
  if (verbose) lines.push(...stacks(error));
  return lines.join('\n');
}

function stacks(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = error.stack ?? error.message;
  return [own, ...stacks(error.cause).map((line) => `caused by ${line}`)];
}
