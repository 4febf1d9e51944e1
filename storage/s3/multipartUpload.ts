/** Large bodies in parts: several at once, each retried by itself. */
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { EncryptionRequest } from './serverSideEncryption.js';

/** Bodies above this many bytes go up in parts. */
export const multipartThreshold = 32 * 1024 * 1024;

export interface UploadParts {
  partBytes: number;
  /** Parts on their way at a time; so many are in memory. */
  atOnce: number;
}

const fast: UploadParts = { partBytes: 16 * 1024 * 1024, atOnce: 4 };
/** For bodies that are made as they go, by somebody who counts on needing little memory. S3 takes parts from 5 MiB up. */
export const frugal: UploadParts = { partBytes: 6 * 1024 * 1024, atOnce: 1 };

export interface WriteParameters extends EncryptionRequest {
  Bucket: string;
  Key: string;
  IfNoneMatch?: string;
  IfMatch?: string;
  ContentType?: string;
  Metadata?: Record<string, string>;
}

/**
 * The conditions hold for the completion, which makes the object appear. A failed upload is aborted, parts and all.
 * @returns the etag as on the wire
 */
export async function multipartUpload(
  client: S3Client,
  parameters: WriteParameters,
  body: Uint8Array | Readable,
  { partBytes, atOnce }: UploadParts = fast,
): Promise<string | undefined> {
  const bytes = body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : body;
  const params = { ...parameters, Body: bytes };
  const { ETag } = await new Upload({ client, params, partSize: partBytes, queueSize: atOnce }).done();
  return ETag;
}
