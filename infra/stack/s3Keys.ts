import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StackError } from './stackError.js';

export interface S3Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The keys of a home's S3 server: drawn at random once, readable by the owner only. */
export function s3KeysOf(file: string): S3Keys {
  mkdirSync(dirname(file), { recursive: true });
  try {
    const keys: S3Keys = {
      accessKeyId: `GW${randomBytes(9).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64url'),
    };
    writeFileSync(file, JSON.stringify(keys), { flag: 'wx', mode: 0o600 });
    return keys;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const stored: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (isKeys(stored)) return stored;
  throw new StackError(`${file} does not hold S3 keys`, 'Delete the file: new keys are drawn.');
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
