/** JSON from the store, checked before anybody trusts it. */
import { z } from 'zod';
import { GraftworkError } from '../../contracts/errors.js';
import { sealName } from '../../contracts/seal.js';
import { damaged, isIntact } from './seal.js';

const objectSchema = z.record(z.string(), z.unknown());

/**
 * What `sealedJson` wrote, without the seal.
 *
 * @param uri of the object, for the message
 * @throws GraftworkError GW_CORRUPT when the bytes are not those that were written, or the value is not as expected
 */
export function openSealedJson<T>(key: string, bytes: Buffer, schema: z.ZodType<T>, uri: string): T {
  if (!isIntact(key, bytes)) throw damaged(uri);
  const { [sealName]: _seal, ...content } = parseStoredJson(bytes, objectSchema, uri);
  return conform(content, schema, uri);
}

/**
 * JSON whose bytes are known to be right by other means: a digest in its name or elsewhere.
 *
 * @throws GraftworkError GW_CORRUPT naming the first field that does not fit
 */
export function parseStoredJson<T>(bytes: Buffer, schema: z.ZodType<T>, uri: string): T {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (thrown) {
    throw new GraftworkError('GW_CORRUPT', `${uri} is not JSON.`, { cause: thrown });
  }
  return conform(value, schema, uri);
}

function conform<T>(value: unknown, schema: z.ZodType<T>, uri: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new GraftworkError(
    'GW_CORRUPT',
    `${uri} is not as expected: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}.`,
    { remedy: 'It was written by another version of Graftwork, or changed by hand.', cause: parsed.error },
  );
}
