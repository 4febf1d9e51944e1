/** JSON from the store, checked before anybody trusts it. */
import type { z } from 'zod';
import { GraftworkError } from '../contracts/errors.js';

/**
 * @param uri of the object, for the message
 * @throws GraftworkError GW_CORRUPT naming the first field that does not fit
 */
export function parseStoredJson<T>(bytes: Buffer, schema: z.ZodType<T>, uri: string): T {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (thrown) {
    throw new GraftworkError('GW_CORRUPT', `${uri} is not JSON.`, { cause: thrown });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new GraftworkError(
    'GW_CORRUPT',
    `${uri} is not as expected: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}.`,
    { remedy: 'It was written by another version of Graftwork, or changed by hand.', cause: parsed.error },
  );
}
