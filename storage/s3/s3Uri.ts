/** `s3://bucket/key` both ways. Keys are taken literally: nothing in them is percent-decoded. */
import { GraftworkError } from '../../contracts/errors.js';

export interface S3Location {
  bucket: string;
  /** Key or prefix, without a leading slash; may be empty. */
  key: string;
}

/** @throws GraftworkError GW_SOURCE_NOT_FOUND when the text is no s3:// URI. */
export function parseS3Uri(uri: string): S3Location {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri);
  const bucket = match?.[1];
  if (bucket === undefined) {
    throw new GraftworkError('GW_SOURCE_NOT_FOUND', `“${uri}” is not an object store address.`, {
      remedy: 'Write it as s3://bucket/prefix.',
    });
  }
  return { bucket, key: match?.[2] ?? '' };
}

export function s3Uri(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}
