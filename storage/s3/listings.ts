/** What a bucket holds, a page at a time. */
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { ListMultipartUploadsCommandOutput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { BucketRequests } from './bucketRequests.js';
import { bareEtag, type ListedObject, type UnfinishedUpload } from './objectFacts.js';

/** Objects whose keys begin with `prefix`, in key order. */
export async function* listObjects(
  requests: BucketRequests,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ListedObject> {
  // XML cannot carry every character a key may have, so keys travel percent-encoded where the server can do that.
  const request = { Bucket: requests.bucket, Prefix: prefix, EncodingType: 'url' as const };
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await requests.make(`list ${requests.uri(prefix)}`, (client) =>
      client.send(new ListObjectsV2Command({ ...request, ContinuationToken: token })),
    );
    signal?.throwIfAborted();
    for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
      if (Key === undefined) continue;
      const key = page.EncodingType === 'url' ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key;
      yield { key, size: Size ?? 0, etag: bareEtag(ETag), modified: LastModified?.getTime() ?? Date.now() };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined && token !== '');
}

/** Uploads in parts that were begun and neither completed nor given up. */
export async function* listUnfinishedUploads(requests: BucketRequests): AsyncGenerator<UnfinishedUpload> {
  const { bucket } = requests;
  let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const page: ListMultipartUploadsCommandOutput = await requests.make(`list uploads to ${bucket}`, (client) =>
      client.send(new ListMultipartUploadsCommand({ Bucket: bucket, ...marker })),
    );
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined) continue;
      yield { key: Key, id: UploadId, begun: Initiated?.getTime() ?? Date.now() };
    }
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return;
    marker = {
      KeyMarker: page.NextKeyMarker,
      ...(page.NextUploadIdMarker ? { UploadIdMarker: page.NextUploadIdMarker } : {}),
    };
  }
}
