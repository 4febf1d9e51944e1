import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { StackError } from '../stackError.js';
import { writeWholeSync } from '../writeWholeSync.js';

export interface S3Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * The keys of a home's S3 server: drawn at random once, readable by the owner only. An empty file is what a full disk left of
 * them, before anybody used them: they are drawn again.
 * @throws StackError when the file holds something else; what the file system says
 */
export function s3KeysOf(file: string): S3Keys {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text !== '') return parse(text, file);
  const keys: S3Keys = {
    accessKeyId: `GW${randomBytes(9).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  writeWholeSync(file, JSON.stringify(keys));
  return keys;
}

function parse(text: string, file: string): S3Keys {
  try {
    const stored: unknown = JSON.parse(text);
    if (isKeys(stored)) return stored;
  } catch {
    // Said below.
  }
  throw new StackError(`${file} does not hold S3 keys`, 'Delete the file. New keys are then generated.');
}

function isKeys(value: unknown): value is S3Keys {
  return (
    typeof value === 'object' &&
    value !== null &&
    'accessKeyId' in value &&
    typeof value.accessKeyId === 'string' &&
    'secretAccessKey' in value &&
    typeof value.secretAccessKey === 'string'
  );
}
