/** The keys of this process: from its environment, or from a file that its environment names. */
import { readFileSync } from 'node:fs';
import { codecKeysSchema, type CodecKey } from '../contracts/codecKeys.js';
import { GraftworkError } from '../contracts/errors.js';
import { fileReason } from '../contracts/fileReason.js';

type Variables = Record<string, string | undefined>;

/**
 * @returns the first one encrypts, all of them decrypt; none when encryption is off
 * @throws GraftworkError GW_ENVIRONMENT_INVALID when they do not parse, the file cannot be read, or both variables are set.
 * No message holds a key.
 */
export function codecKeys({ GRAFTWORK_CODEC_KEYS: given, GRAFTWORK_CODEC_KEYS_FILE: file }: Variables): CodecKey[] {
  // An empty variable counts as none.
  if (given && file) {
    throw invalid('GRAFTWORK_CODEC_KEYS', 'GRAFTWORK_CODEC_KEYS_FILE is also set', 'Unset one of the two.');
  }
  if (given) return parse('GRAFTWORK_CODEC_KEYS', given);
  return file ? parse(`GRAFTWORK_CODEC_KEYS_FILE (${file})`, read(file)) : [];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(
      'GRAFTWORK_CODEC_KEYS_FILE',
      `${file} cannot be read: ${fileReason(cause)}`,
      'Check the path and the permissions of the file.',
    );
  }
}

function parse(source: string, text: string): CodecKey[] {
  const parsed = codecKeysSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = typeof issue?.path[0] === 'number' ? ` (key ${issue.path[0] + 1})` : '';
  throw invalid(source, `${issue?.message ?? 'invalid'}${place}`, 'Write id:key pairs; the first key encrypts.');
}

function invalid(source: string, reason: string, remedy: string): GraftworkError {
  return new GraftworkError('GW_ENVIRONMENT_INVALID', `${source}: ${reason}.`, { remedy });
}
