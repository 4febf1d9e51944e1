/** The bucket itself: whether it is there, and how it is made. */
import { CreateBucketCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import { GraftworkError } from '../../contracts/errors.js';
import type { BucketRequests } from './bucketRequests.js';
import { isMissingObject, missingBucket } from './s3Errors.js';

/** Whether the bucket exists and may be used. */
export async function bucketExists(requests: BucketRequests): Promise<boolean> {
  const { bucket } = requests;
  return requests.make(`reach bucket ${bucket}`, async (client) => {
    try {
      await client.send(new HeadBucketCommand({ Bucket: bucket }));
      return true;
    } catch (thrown) {
      if (isMissingObject(thrown)) return false;
      throw thrown;
    }
  });
}

/** Creates the bucket unless it is there. */
export async function ensureBucket(requests: BucketRequests): Promise<void> {
  if (await bucketExists(requests)) return;
  const { bucket, connection } = requests;
  try {
    await connection.client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (thrown) {
    // Another process was faster.
    if (thrown instanceof Error && thrown.name === 'BucketAlreadyOwnedByYou') return;
    throw requests.failure(thrown, `create bucket ${bucket}`);
  }
}

/** @throws GraftworkError GW_S3_BUCKET_MISSING */
export async function requireBucket(requests: BucketRequests): Promise<void> {
  if (await bucketExists(requests)) return;
  const { code, message, remedy } = missingBucket(requests.bucket, requests.connection.endpoint);
  throw new GraftworkError(code, message, { remedy });
}
