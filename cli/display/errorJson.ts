/** A failure as programs read it. */
import type { GraftworkError } from '../../contracts/errors.js';
import { asTyped } from '../../client/connection/typedCommand.js';

/** What a failed command prints on stdout under --json. */
export function errorJson(error: GraftworkError): { error: { code: string; message: string; remedy: string | null } } {
  const { code, message, remedy } = error;
  return { error: { code, message: asTyped(message), remedy: remedy === undefined ? null : asTyped(remedy) } };
}
