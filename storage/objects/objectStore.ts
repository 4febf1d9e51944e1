/**
 * Objects of one bucket: bytes and JSON in and out, conditional writes, listing. Everything that fails does so as a
 * GraftworkError with a GW_S3_… code that names the bucket, the key or the endpoint.
 */
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { ListMultipartUploadsCommandOutput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { GraftworkError } from '../../contracts/errors.js';
import { conditionalWrite } from './conditionalWrite.js';
import { readPieces, readWhole, requireRegularFile } from './localFile.js';
import { frugal, multipartThreshold, multipartUpload, type WriteParameters } from './multipartUpload.js';
import type { GetOptions, ListedObject, ObjectFacts, PutOptions, UnfinishedUpload } from './objectFacts.js';
import { bareEtag } from './objectFacts.js';
import { patiently, type Patience } from './patience.js';
import { readObject } from './readObject.js';
import { s3Connection, type S3Connection } from './s3Connection.js';
import { asS3Error, isMissingObject, missingBucket } from './s3Errors.js';
import { s3Uri } from './s3Uri.js';
import { sealedJson } from './seal.js';
import { openSealedJson } from './storedJson.js';
import { undefinedIfMissing } from './undefinedIfMissing.js';

export class ObjectStore {
  readonly bucket: string;
  readonly connection: S3Connection;
  readonly patience: Patience;

  /**
   * @param connection the process's shared one by default
   * @param patience how long a store that is away is waited for; by default no longer than the SDK does, some seconds: a
   * person is waiting
   */
  constructor(bucket: string, connection: S3Connection = s3Connection(), patience: Patience = { limit: 0 }) {
    this.bucket = bucket;
    this.connection = connection;
    this.patience = patience;
  }

  /** Another bucket through the same client. */
  at(bucket: string): ObjectStore {
    return new ObjectStore(bucket, this.connection, this.patience);
  }

  uri(key: string): string {
    return s3Uri(this.bucket, key);
  }

  /**
   * The whole object.
   * @throws GraftworkError GW_OBJECT_MISSING; GW_CONFLICT (worth trying again) when it is not the one of `ifMatch`;
   * GW_OBJECT_TOO_LARGE when it has more bytes than `most`
   */
  async get(key: string, options: GetOptions = {}): Promise<Buffer> {
    return this.read(key, undefined, options);
  }

  /** Bytes `start` (inclusive) to `end` (exclusive, ≤ the object's size). */
  async getRange(key: string, start: number, end: number, options: GetOptions = {}): Promise<Buffer> {
    if (!(start >= 0 && end > start)) throw new RangeError(`range ${start}–${end} of ${this.uri(key)} is empty`);
    const bytes = await this.read(key, `bytes=${start}-${end - 1}`, options);
    if (bytes.length === end - start) return bytes;
    throw new GraftworkError('GW_CORRUPT', `${this.uri(key)} has only ${start + bytes.length} of ${end} bytes.`);
  }

  /** The whole object, or undefined when there is none. */
  async getIfPresent(key: string, options: GetOptions = {}): Promise<Buffer | undefined> {
    return this.get(key, options).catch(undefinedIfMissing);
  }

  /**
   * What `putJson` wrote, checked.
   * @throws GraftworkError GW_OBJECT_MISSING; GW_CORRUPT when a byte of it has changed since, or a field does not fit
   */
  async getJson<T>(key: string, schema: z.ZodType<T>): Promise<T> {
    return openSealedJson(key, await this.get(key), schema, this.uri(key));
  }

  async getJsonIfPresent<T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> {
    return this.getJson(key, schema).catch(undefinedIfMissing);
  }

  /** Size, etag and digest, or undefined when there is no such object. */
  async head(key: string): Promise<ObjectFacts | undefined> {
    return this.patiently(`look up ${this.uri(key)}`, async () => {
      try {
        const answer = await this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
        const sha256 = answer.Metadata?.sha256;
        const facts = { key, size: answer.ContentLength ?? 0, etag: bareEtag(answer.ETag) };
        return sha256 === undefined ? facts : { ...facts, sha256 };
      } catch (thrown) {
        if (isMissingObject(thrown)) return undefined;
        throw thrown;
      }
    });
  }

  async exists(key: string): Promise<boolean> {
    return (await this.head(key)) !== undefined;
  }

  /**
   * Writes an object and returns its etag; bodies above 32 MiB go up in parts.
   * @throws GraftworkError GW_CONFLICT when the condition does not hold
   */
  async put(key: string, bytes: Uint8Array | string, options: PutOptions = {}): Promise<string> {
    const body = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    const send = async (parameters: WriteParameters): Promise<string | undefined> =>
      body.byteLength > multipartThreshold
        ? multipartUpload(this.client, parameters, body)
        : (await this.client.send(new PutObjectCommand({ ...parameters, Body: body }))).ETag;
    return this.write(key, options, send, body);
  }

  /** An object (no list) as JSON, sealed: damage is found when it is read. */
  async putJson(key: string, value: object, options: PutOptions = {}): Promise<string> {
    return this.put(key, sealedJson(key, value), { contentType: 'application/json', ...options });
  }

  /**
   * Writes a file's content; a large file is streamed, never held in memory.
   * @throws GraftworkError GW_SOURCE_CHANGED when the content is not that of `sha256`: then nothing is written; GW_SOURCE_UNREADABLE
   */
  async putFile(key: string, path: string, options: PutOptions = {}): Promise<string> {
    if ((await requireRegularFile(path)) <= multipartThreshold)
      return this.put(key, await readWhole(path, options.sha256), options);
    return this.write(key, options, (parameters) =>
      multipartUpload(this.client, parameters, readPieces(path, options.sha256)),
    );
  }

  /**
   * Writes what is made as it goes, without ever holding the whole.
   * @param pieces called for each attempt, to make the very same ones
   */
  async putPieces(key: string, pieces: () => Iterable<Uint8Array>, options: PutOptions = {}): Promise<string> {
    const body = () => Readable.from(pieces(), { objectMode: false });
    return this.write(key, options, (parameters) => multipartUpload(this.client, parameters, body(), frugal));
  }

  /** Objects whose keys begin with `prefix`, in key order, a page at a time. */
  async *list(prefix = '', signal?: AbortSignal): AsyncGenerator<ListedObject> {
    // XML cannot carry every character a key may have, so keys travel percent-encoded where the server can do that.
    const request = { Bucket: this.bucket, Prefix: prefix, EncodingType: 'url' as const };
    let token: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await this.patiently(`list ${this.uri(prefix)}`, () =>
        this.client.send(new ListObjectsV2Command({ ...request, ContinuationToken: token })),
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

  /** Uploads in parts that were begun and neither completed nor given up: their parts take room, and no listing shows them. */
  async *unfinishedUploads(): AsyncGenerator<UnfinishedUpload> {
    let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (;;) {
      const page: ListMultipartUploadsCommandOutput = await this.patiently(`list uploads to ${this.bucket}`, () =>
        this.client.send(new ListMultipartUploadsCommand({ Bucket: this.bucket, ...marker })),
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

  async giveUpUpload({ key, id }: UnfinishedUpload): Promise<void> {
    await this.patiently(`abort an upload to ${this.uri(key)}`, () =>
      this.client.send(new AbortMultipartUploadCommand({ Bucket: this.bucket, Key: key, UploadId: id })),
    );
  }

  /** Deleting what is not there is no error. */
  async delete(key: string): Promise<void> {
    await this.patiently(`delete ${this.uri(key)}`, () =>
      this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key })),
    );
  }

  /** Whether the bucket exists and may be used. */
  async bucketExists(): Promise<boolean> {
    return this.patiently(`reach bucket ${this.bucket}`, async () => {
      try {
        await this.client.send(new HeadBucketCommand({ Bucket: this.bucket }));
        return true;
      } catch (thrown) {
        if (isMissingObject(thrown)) return false;
        throw thrown;
      }
    });
  }

  /** Creates the bucket unless it is there. */
  async ensureBucket(): Promise<void> {
    if (await this.bucketExists()) return;
    try {
      await this.client.send(new CreateBucketCommand({ Bucket: this.bucket }));
    } catch (thrown) {
      // Another process was faster.
      if (thrown instanceof Error && thrown.name === 'BucketAlreadyOwnedByYou') return;
      throw this.failure(thrown, `create bucket ${this.bucket}`);
    }
  }

  /** @throws GraftworkError GW_S3_BUCKET_MISSING */
  async requireBucket(): Promise<void> {
    if (await this.bucketExists()) return;
    const { code, message, remedy } = missingBucket(this.bucket, this.connection.endpoint);
    throw new GraftworkError(code, message, { remedy });
  }

  private get client(): S3Connection['client'] {
    return this.connection.client;
  }

  private failure(thrown: unknown, action: string): Error {
    return asS3Error(thrown, { action, bucket: this.bucket, endpoint: this.connection.endpoint });
  }

  /** @param action verb and object, for the message */
  private patiently<T>(action: string, operation: () => Promise<T>): Promise<T> {
    return patiently(async () => {
      try {
        return await operation();
      } catch (thrown) {
        throw this.failure(thrown, action);
      }
    }, this.patience);
  }

  private read(key: string, range: string | undefined, { ifMatch, most }: GetOptions): Promise<Buffer> {
    const request = {
      Bucket: this.bucket,
      Key: key,
      ...(range === undefined ? {} : { Range: range }),
      ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
    };
    return this.patiently(`read ${this.uri(key)}`, () => readObject(this.client, request, this.uri(key), most));
  }

  /** @param body undefined when it was never in memory as a whole */
  private async write(
    key: string,
    options: PutOptions,
    send: (parameters: WriteParameters) => Promise<string | undefined>,
    body?: Uint8Array,
  ): Promise<string> {
    const { ifAbsent, ifMatch, contentType, sha256 } = options;
    const parameters: WriteParameters = {
      Bucket: this.bucket,
      Key: key,
      ...this.connection.encryption,
      ...(ifAbsent === undefined ? {} : { IfNoneMatch: '*' }),
      ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
      ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(sha256 === undefined ? {} : { Metadata: { sha256 } }),
    };
    const write = async (): Promise<string> => bareEtag(await send(parameters));
    const action = `write ${this.uri(key)}`;
    if (ifAbsent === undefined && ifMatch === undefined) return this.patiently(action, write);
    let sendings = 0;
    return this.patiently(action, () => {
      sendings += 1;
      return conditionalWrite(this.uri(key), {
        send: write,
        sentBefore: sendings > 1,
        holds: () =>
          this.head(key).then(
            (facts) => facts?.etag === ifMatch,
            () => false,
          ),
        writtenBefore: () => this.etagIfHolding(key, body),
      });
    });
  }

  private async etagIfHolding(key: string, body: Uint8Array | undefined): Promise<string | undefined> {
    const facts = body === undefined ? undefined : await this.head(key);
    if (body === undefined || facts?.size !== body.byteLength) return undefined;
    const stored = await this.getIfPresent(key);
    return stored?.equals(body) === true ? facts.etag : undefined;
  }
}
