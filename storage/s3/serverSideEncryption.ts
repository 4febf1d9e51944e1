/** How the store is asked to encrypt what it is given, on its own disks. */
import type { ServerSideEncryption } from '@aws-sdk/client-s3';
import { parseEnvironment } from '../../contracts/environment.js';
import { GraftworkError } from '../../contracts/errors.js';

/** Goes with every object that is written, in one piece or in parts. */
export interface EncryptionRequest {
  ServerSideEncryption?: ServerSideEncryption;
  SSEKMSKeyId?: string;
}

/**
 * From GRAFTWORK_S3_SSE and GRAFTWORK_S3_SSE_KMS_KEY_ID; without them the bucket's own default holds.
 *
 * @throws GraftworkError GW_ENVIRONMENT_INVALID for a key without a kind of encryption that takes one
 */
export function serverSideEncryption(variables: Record<string, string | undefined>): EncryptionRequest {
  const { GRAFTWORK_S3_SSE: kind, GRAFTWORK_S3_SSE_KMS_KEY_ID: key } = parseEnvironment(variables);
  if (key !== undefined && !kind?.startsWith('aws:kms')) {
    const now = kind === undefined ? ' unset' : `=${kind}`;
    throw new GraftworkError(
      'GW_ENVIRONMENT_INVALID',
      `GRAFTWORK_S3_SSE_KMS_KEY_ID has no effect with GRAFTWORK_S3_SSE${now}.`,
      { remedy: 'Set GRAFTWORK_S3_SSE=aws:kms, or unset the key.' },
    );
  }
  return {
    ...(kind === undefined ? {} : { ServerSideEncryption: kind }),
    ...(key === undefined ? {} : { SSEKMSKeyId: key }),
  };
}
