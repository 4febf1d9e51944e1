/**
 * Requests about one bucket. Each waits for a store that is away. What fails does so as a GraftworkError with a GW_S3_… code that
 * names the bucket, the key or the endpoint.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { patiently, type Patience } from './patience.js';
import type { S3Connection } from './s3Connection.js';
import { asS3Error } from './s3Errors.js';
import { s3Uri } from './s3Uri.js';

export class BucketRequests {
  constructor(
    readonly bucket: string,
    readonly connection: S3Connection,
    readonly patience: Patience,
  ) {}

  uri(key: string): string {
    return s3Uri(this.bucket, key);
  }

  /** @param action verb and object, for the message */
  make<T>(action: string, request: (client: S3Client) => Promise<T>): Promise<T> {
    return patiently(async () => {
      try {
        return await request(this.connection.client);
      } catch (thrown) {
        throw this.failure(thrown, action);
      }
    }, this.patience);
  }

  failure(thrown: unknown, action: string): Error {
    return asS3Error(thrown, { action, bucket: this.bucket, endpoint: this.connection.endpoint });
  }
}
