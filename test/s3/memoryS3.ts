/**
 * An S3 server in memory, for tests that decide in which order requests are served. It stands in the place of the SDK's client,
 * so `ObjectStore` and everything above it are the real ones. It behaves as S3 does: strongly consistent, conditional writes
 * (`If-Match`, `If-None-Match`) with 412 and 404, listings by the page in the order of keys, uploads in parts. Where an answer
 * is lost, the request is sent again, as the SDK does, and meets what it has done itself.
 */
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import type { S3Connection } from '../../storage/s3/s3Connection.js';
import { MemoryBucket, S3Refusal, type Conditions } from './memoryBucket.js';

/** What a request asks for, as far as it matters to the scheduler. */
export interface MemoryRequest {
  /** As the API names it: `PutObject`, `ListObjectsV2`, … */
  operation: string;
  /** Of the object; of a listing, the prefix. */
  key: string;
}

/** `lost-answer`: the request is carried out and its answer does not arrive. `lost`: the request does not arrive. */
export type Fate = 'served' | 'lost-answer' | 'lost';

export interface MemoryS3Options {
  /** The store's clock, in milliseconds since 1970. @default Date.now */
  now?: () => number;
  /** Keys in one page of a listing. @default 1000 */
  pageSize?: number;
  /** How often a request is sent before it fails, as the SDK's `maxAttempts`. @default 3 */
  attempts?: number;
}

/** Asked for each request; it is carried out when the promise is fulfilled. */
export type FateOf = (request: MemoryRequest) => Promise<Fate>;

interface Input extends Conditions {
  Bucket?: string;
  Key?: string;
  Prefix?: string;
  Body?: Uint8Array | string;
  Range?: string;
  ContinuationToken?: string;
  MaxKeys?: number;
  UploadId?: string;
  PartNumber?: number;
  MultipartUpload?: { Parts?: { PartNumber: number }[] };
}

export class MemoryS3 {
  private readonly buckets = new Map<string, MemoryBucket>();
  private readonly options: Required<MemoryS3Options>;

  constructor({ now = () => Date.now(), pageSize = 1000, attempts = 3 }: MemoryS3Options = {}) {
    this.options = { now, pageSize, attempts };
  }

  /**
   * A bucket as everything in Graftwork sees it; made when it is not there.
   * @param fateOf of the requests that are made through it @default served at once
   */
  store(bucket = 'graftwork', fateOf: FateOf = async () => 'served'): ObjectStore {
    this.bucket(bucket);
    return new ObjectStore(bucket, this.connect(fateOf));
  }

  /** The same seen from within, without a request; made when it is not there. */
  bucket(name = 'graftwork'): MemoryBucket {
    const bucket = this.buckets.get(name) ?? new MemoryBucket(this.options.now);
    this.buckets.set(name, bucket);
    return bucket;
  }

  private connect(fateOf: FateOf): S3Connection {
    const client = {
      send: (command: { constructor: { name: string }; input: Input }) =>
        this.send(command.constructor.name.replace(/Command$/, ''), command.input, fateOf),
      destroy: () => undefined,
      // What the SDK's `Upload` looks at.
      config: {
        requestHandler: {},
        endpoint: async () => ({ protocol: 'http:', hostname: 'memory', path: '/' }),
        forcePathStyle: true,
        requestChecksumCalculation: async () => 'WHEN_REQUIRED',
      },
    };
    return {
      client: client as unknown as S3Client,
      settings: { variables: {}, attempts: this.options.attempts, idleTimeout: 60_000 },
      endpoint: 'memory',
      encryption: {},
    };
  }

  private async send(operation: string, input: Input, fateOf: FateOf): Promise<object> {
    const request = { operation, key: input.Key ?? input.Prefix ?? '' };
    for (let attempts = 1; ; attempts++) {
      const fate = await fateOf(request);
      try {
        const answer = fate === 'lost' ? {} : this.answer(operation, input);
        if (fate === 'served') return answer;
      } catch (thrown) {
        if (!(thrown instanceof S3Refusal)) throw thrown;
        const $metadata = { httpStatusCode: thrown.status, attempts };
        if (fate === 'served') throw Object.assign(thrown, { $metadata });
      }
      if (attempts < this.options.attempts) continue;
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $metadata: { attempts } });
    }
  }

  private answer(operation: string, input: Input): object {
    const { Bucket = '', Key = '' } = input;
    if (operation === 'CreateBucket') return this.create(Bucket);
    const bucket = this.buckets.get(Bucket);
    if (bucket === undefined) throw new S3Refusal('NoSuchBucket', 404);
    switch (operation) {
      case 'HeadBucket':
        return {};
      case 'PutObject':
        return { ETag: bucket.put(Key, Buffer.from(input.Body ?? ''), input) };
      case 'GetObject':
        return read(bucket, Key, input);
      case 'HeadObject': {
        const found = bucket.find(Key);
        // An answer to HEAD has no body that could name the error.
        if (found === undefined) throw new S3Refusal('NotFound', 404);
        return { ContentLength: found.bytes.length, ETag: found.etag, LastModified: found.modified };
      }
      case 'DeleteObject':
        bucket.delete(Key);
        return {};
      case 'ListObjectsV2':
        return list(bucket, { MaxKeys: this.options.pageSize, ...input });
      default:
        return uploadInParts(bucket, operation, input);
    }
  }

  private create(name: string): object {
    if (this.buckets.has(name)) throw new S3Refusal('BucketAlreadyOwnedByYou', 409);
    this.bucket(name);
    return {};
  }
}

function read(bucket: MemoryBucket, key: string, { IfMatch, Range }: Input): object {
  const { bytes, etag } = bucket.get(key, IfMatch === undefined ? {} : { IfMatch });
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(Range ?? '') ?? [];
  const part = start === undefined ? bytes : bytes.subarray(Number(start), Number(end) + 1);
  return { Body: Readable.from(part), ContentLength: part.length, ETag: etag };
}

function list(bucket: MemoryBucket, { Prefix = '', ContinuationToken, MaxKeys = 1000 }: Input): object {
  const isNext = (key: string): boolean => ContinuationToken === undefined || key > ContinuationToken;
  const keys = bucket.keys().filter((key) => key.startsWith(Prefix) && isNext(key));
  const page = keys.slice(0, MaxKeys);
  return {
    // Without an encoding: XML would ask for one, here keys are as they were written.
    Contents: page.map((Key) => {
      const { bytes, etag, modified } = bucket.get(Key);
      return { Key, Size: bytes.length, ETag: etag, LastModified: modified };
    }),
    IsTruncated: page.length < keys.length,
    ...(page.length < keys.length ? { NextContinuationToken: page.at(-1) } : {}),
  };
}

function uploadInParts(bucket: MemoryBucket, operation: string, input: Input): object {
  const { Key = '', UploadId = '', PartNumber = 0, Body = '', MultipartUpload } = input;
  switch (operation) {
    case 'CreateMultipartUpload':
      return { UploadId: bucket.beginUpload(Key) };
    case 'UploadPart':
      return { ETag: bucket.addPart(UploadId, PartNumber, Buffer.from(Body)) };
    case 'CompleteMultipartUpload': {
      const numbers = (MultipartUpload?.Parts ?? []).map((part) => part.PartNumber);
      return { ETag: bucket.completeUpload(UploadId, numbers, input) };
    }
    case 'AbortMultipartUpload':
      bucket.abortUpload(UploadId);
      return {};
    case 'ListMultipartUploads':
      return {
        Uploads: bucket.uploads().map(({ id, key, begun }) => ({ Key: key, UploadId: id, Initiated: begun })),
        IsTruncated: false,
      };
    default:
      throw new S3Refusal('NotImplemented', 501);
  }
}
