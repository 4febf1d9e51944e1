/** The keys that payloads are encrypted with on their way to Temporal. */
import { z } from 'zod';

/** Name of a key. It is readable beside every payload, so that the reader knows which key decrypts it. */
export const keyIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a key id has 1 to 64 of A-Z, a-z, 0-9, dot, dash, underscore');

const keySchema = z.object({
  id: keyIdSchema,
  /** 32 bytes in base64, for AES-256. */
  key: z
    .base64('a key is written in base64')
    .refine(
      (text) => text.length === 44 && text.indexOf('=') === 43,
      'a key has 32 bytes: `openssl rand -base64 32` makes one',
    ),
});

/**
 * `id:key,id:key` or one `id:key` a line, the first the one that encrypts. Empty lines and lines that begin with `#` do not
 * count. Messages never hold the text: it is secret.
 */
export const codecKeysSchema = z
  .string()
  .transform((text) =>
    text
      .split('\n')
      // A comment is a whole line: a comma in it begins no key.
      .filter((line) => !line.trimStart().startsWith('#'))
      .flatMap((line) => line.split(','))
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map((entry) => ({
        id: entry.slice(0, Math.max(0, entry.indexOf(':'))),
        key: entry.slice(entry.indexOf(':') + 1),
      })),
  )
  .pipe(
    z
      .array(keySchema)
      .min(1, 'there is no key')
      .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'a key id stands there twice'),
  );
export type CodecKey = z.infer<typeof keySchema>;

/** What of a spec may stay readable in Temporal's lists while payloads are encrypted. */
export const visibleFields = ['dataset', 'model', 'backbone'] as const;
export type VisibleField = (typeof visibleFields)[number];
